import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, normalize } from 'node:path';
import { createInterface } from 'node:readline';
import type { LabNetwork } from '../../lab/network.ts';
import { ManagedProcess } from './managed-process.ts';

/** Where a program runs: on this machine, or on a host of a lab. */
export interface Place {
  readonly network: LabNetwork;
  readonly host: string;
}

export interface RollcallOptions {
  readonly place?: Place | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  readonly input?: string | undefined;
  readonly timeoutMillis?: number | undefined;
}

export interface RollcallResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const REPOSITORY = normalize(join(import.meta.dirname, '../..'));
/** The command as a user of the checkout runs it. */
export const rollcallPath = join(REPOSITORY, 'rollcall');
const TIMEOUT_MILLIS = 180_000;

/** Starts the command line, as a user does. */
export function startRollcall(args: readonly string[], options: RollcallOptions = {}): ManagedProcess {
  const [program, programArgs] = commandLine(args, options.place);
  return new ManagedProcess(program, programArgs, {
    // Neither the settings of the one who runs the tests nor a terminal's colours; but code that was compiled before.
    env: {
      PATH: process.env['PATH'],
      NO_COLOR: '1',
      HOME: '/nonexistent',
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      ...options.env,
    },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? {} : { input: options.input }),
  });
}

export interface ShowOptions {
  /** What to do with the result: it is shown as it comes, given line by line, or left out. */
  readonly result: 'show' | 'omit' | ((line: string) => void);
  readonly signal?: AbortSignal;
}

/** Runs a command on this process's own terminal, for somebody to see. */
export async function showRollcall(
  args: readonly string[],
  place: Place | undefined,
  options: ShowOptions,
): Promise<void> {
  const [program, programArgs] = commandLine(args, place);
  const { result, signal } = options;
  const stdout = typeof result === 'function' ? 'pipe' : result === 'show' ? 'inherit' : 'ignore';
  const child = spawn(program, programArgs, { stdio: ['ignore', stdout, 'inherit'] });
  if (child.stdout !== null && typeof result === 'function') createInterface(child.stdout).on('line', result);
  const stop = (): boolean => child.kill();
  signal?.addEventListener('abort', stop);
  await once(child, 'close');
  signal?.removeEventListener('abort', stop);
}

/** Runs a command to its end. */
export async function rollcall(args: readonly string[], options: RollcallOptions = {}): Promise<RollcallResult> {
  const child = startRollcall(args, options);
  const timer = setTimeout(() => child.kill(), options.timeoutMillis ?? TIMEOUT_MILLIS);
  const code = await child.exited;
  clearTimeout(timer);
  return { code, stdout: child.stdout, stderr: child.stderr };
}

/** Runs a command that must succeed, and parses the JSON that it prints. */
export async function rollcallJson<Answer>(args: readonly string[], options: RollcallOptions = {}): Promise<Answer> {
  const result = await rollcall([...args, '--json'], options);
  if (result.code !== 0) {
    throw new Error(`rollcall ${args.join(' ')} ended with ${result.code}\n${result.stdout}\n${result.stderr}`);
  }
  try {
    return JSON.parse(result.stdout) as Answer;
  } catch (error) {
    throw new Error(`rollcall ${args.join(' ')} printed no JSON document: ${result.stdout.slice(0, 2000)}`, {
      cause: error,
    });
  }
}

function commandLine(args: readonly string[], place: Place | undefined): readonly [string, readonly string[]] {
  return place === undefined ? [rollcallPath, args] : place.network.wrap(place.host, rollcallPath, args);
}
