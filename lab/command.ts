import { spawnSync } from 'node:child_process';

/** A program of the system said no: its command line and its own words. */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
  readonly code = 'command_failed';
}

/** Runs a program to its end and gives back what it printed; throws with its error output when it fails. */
export function command(program: string, args: readonly string[], input = ''): string {
  const result = spawnSync(program, args, { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (result.error !== undefined) {
    throw new CommandFailedError(`${program}: ${result.error.message}`, { cause: result.error });
  }
  if (result.status !== 0) {
    throw new CommandFailedError(`${[program, ...args].join(' ')}: ${result.stderr.trim() || `exit ${result.status}`}`);
  }
  return result.stdout;
}

/** The same where failure is a possible answer: undefined then. */
export function tryCommand(program: string, args: readonly string[]): string | undefined {
  const result = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return result.status === 0 ? result.stdout : undefined;
}
