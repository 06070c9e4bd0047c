import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { OUTPUT_DRAIN_MILLISECONDS, TERMINATION_GRACE_MILLISECONDS } from './limits.ts';

export interface Program {
  /** Program and arguments; no shell sees them. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Beside PATH and HOME; nothing of the agent's own environment is passed on. */
  readonly environment: Readonly<Record<string, string>>;
  /** File for the standard input; without it there is nothing to read. */
  readonly inputPath?: string;
  readonly signal: AbortSignal;
  readonly output: (chunk: Uint8Array) => void;
  /** Told before anything else is waited for, so that a successor can find a program that outlived its agent. */
  onStarted?(group: ProcessGroup): Promise<void>;
}

export type ProgramEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'not_started'; readonly message: string };

/** Names a process group in a way that a later process with the same number is not taken for it. */
export interface ProcessGroup {
  readonly pid: number;
  readonly startedAt: string;
}

/**
 * Runs a program in a process group of its own, and ends the whole group when the signal comes, the program
 * fails, or whoever is told of its start throws. Throws the signal's reason when that was the end.
 */
export async function runProgram(program: Program): Promise<ProgramEnd> {
  program.signal.throwIfAborted();
  const [file, ...args] = program.argv;
  if (file === undefined) return { kind: 'not_started', message: 'no program is named' };
  const input = program.inputPath === undefined ? undefined : await open(program.inputPath, 'r');
  try {
    const child = spawn(file, args, {
      cwd: program.cwd,
      env: { PATH: programPath, HOME: homedir(), ...program.environment },
      stdio: [input?.fd ?? 'ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const ended = new Promise<ProgramEnd>((resolve) => {
      child.once('error', (error) => resolve({ kind: 'not_started', message: error.message }));
      child.once('exit', (exitCode, signal) => {
        resolve(exitCode === null ? { kind: 'killed', signal: signal ?? 'unknown' } : { kind: 'exited', exitCode });
      });
    });
    const closed = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
    });
    const { stdout, stderr } = child;
    stdout?.on('data', program.output);
    stderr?.on('data', program.output);
    const { pid } = child;
    if (pid === undefined) return await ended;

    let ending: Promise<void> | undefined;
    const endAll = (): Promise<void> => (ending ??= endGroup(pid));
    const onAbort = (): void => void endAll();
    program.signal.addEventListener('abort', onAbort, { once: true });
    try {
      await program.onStarted?.({ pid, startedAt: startOf(pid) ?? '' });
      if (program.signal.aborted) await endAll();
      const end = await ended;
      if (program.signal.aborted || end.kind !== 'exited' || end.exitCode !== 0) await endAll();
      // What it leaves running on purpose may hold the pipes for ever.
      await Promise.race([closed, sleep(OUTPUT_DRAIN_MILLISECONDS, undefined, { ref: false })]);
      program.signal.throwIfAborted();
      return end;
    } catch (error) {
      // Nobody will know of the group who could end it later, when it could not be written down.
      await endAll();
      await ended;
      throw error;
    } finally {
      program.signal.removeEventListener('abort', onAbort);
      stdout?.destroy();
      stderr?.destroy();
    }
  } finally {
    await input?.close();
  }
}

/** Ends what an earlier run of the agent left behind, if it is still there. */
export async function endLeftoverGroup(group: ProcessGroup): Promise<void> {
  if (isRunning(group)) await endGroup(group.pid);
}

/** Whether the program that a group began with still runs. */
function isRunning(group: ProcessGroup): boolean {
  return group.startedAt !== '' && startOf(group.pid) === group.startedAt;
}

async function endGroup(pid: number): Promise<void> {
  if (!signalGroup(pid, 'SIGTERM')) return;
  const deadline = performance.now() + TERMINATION_GRACE_MILLISECONDS;
  while (performance.now() < deadline) {
    await sleep(20);
    if (!signalGroup(pid, 0)) return;
  }
  signalGroup(pid, 'SIGKILL');
}

/** False: nobody is left in the group. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Boot and start time of a process, where the system tells. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // After the name in parentheses, which may hold anything: the state is field 3, the start time field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

const programPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
