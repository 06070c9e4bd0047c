import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Who a network belongs to. Namespaces outlive the process that made them, so each network leaves a note of its owner:
 * the next process that makes one removes those whose owner has died (`kill -9` runs no clean-up). A pid alone is not
 * enough, pids come again: the process's start time goes with it.
 */
export interface Ownership {
  readonly name: string;
  readonly hosts: readonly string[];
  /** Undefined: made by hand, stays until it is taken down by name. */
  readonly owner?: { readonly pid: number; readonly startedAt: string };
}

const DIRECTORY = '/run/rollcall-lab';

export function recordOwnership(ownership: Ownership): void {
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(join(DIRECTORY, `${ownership.name}.json`), JSON.stringify(ownership));
}

export function forgetOwnership(name: string): void {
  rmSync(join(DIRECTORY, `${name}.json`), { force: true });
}

export function readOwnership(name: string): Ownership | undefined {
  try {
    return JSON.parse(readFileSync(join(DIRECTORY, `${name}.json`), 'utf8')) as Ownership;
  } catch {
    return undefined;
  }
}

/** Networks whose owner is gone. */
export function staleOwnerships(): Ownership[] {
  let files: string[];
  try {
    files = readdirSync(DIRECTORY);
  } catch {
    return [];
  }
  return files
    .map((file) => readOwnership(file.replace(/\.json$/, '')))
    .filter((entry) => entry !== undefined)
    .filter(({ owner }) => owner !== undefined && processStart(owner.pid) !== owner.startedAt);
}

/** This process as an owner. */
export function currentOwner(): { pid: number; startedAt: string } {
  return { pid: process.pid, startedAt: processStart(process.pid) ?? '' };
}

/** Clock ticks since boot at which a process started (proc(5), field 22 of stat); undefined when it is not there. */
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, field 2, may contain spaces and parentheses: count from its last parenthesis.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
