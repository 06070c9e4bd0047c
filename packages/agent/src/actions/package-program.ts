import { chmod, lstat, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import type { InstallAction, UpdateAction } from './action.ts';
import { ActionError } from './action-error.ts';
import type { ActionRun } from './action-run.ts';
import { HEALTH_CHECK_MILLISECONDS_MAX } from './limits.ts';
import type { ProgramEnd } from './run-program.ts';

/** A file inside a package that the task names, to be run. It must be one, and lie where the package was put. */
export async function locateProgram(directory: string, name: string): Promise<string> {
  const missing = new ActionError(
    'script_missing',
    `the package has no file ${JSON.stringify(name)} that could be run`,
  );
  if (name.includes('\0') || isAbsolute(name) || name.split('/').includes('..')) throw missing;
  let path: string;
  try {
    path = await realpath(join(directory, name));
  } catch (error) {
    throw new ActionError(missing.code, missing.message, { cause: error });
  }
  const below = relative(await realpath(directory), path);
  const stats = await lstat(path);
  if (below === '' || below.split('/')[0] === '..' || isAbsolute(below) || !stats.isFile()) throw missing;
  // Zip archives from elsewhere carry no modes. What a task names to be run may be run.
  if ((stats.mode & 0o100) === 0) await chmod(path, (stats.mode & 0o777) | 0o100);
  return path;
}

/** Runs an install script. Another end than 0 is the action's failure. */
export async function runScript(
  run: ActionRun<InstallAction | UpdateAction>,
  directory: string,
  path: string,
): Promise<void> {
  const end = await run.run({ argv: [path], cwd: directory, environment: environmentOf(run, directory) });
  if (isSuccess(end)) return;
  throw new ActionError('script_failed', `the install script ${describeEnd(end)}`, { exitCode: exitCodeOf(end) });
}

/** Runs a health check, which has a time limit of its own within the task's. */
export async function runHealthCheck(
  run: ActionRun<InstallAction | UpdateAction>,
  directory: string,
  path: string,
): Promise<void> {
  const limit = new AbortController();
  const seconds = HEALTH_CHECK_MILLISECONDS_MAX / 1000;
  const timer = setTimeout(() => {
    limit.abort(new ActionError('health_failed', `the health check did not end within ${seconds} s`));
  }, HEALTH_CHECK_MILLISECONDS_MAX).unref();
  try {
    const signal = AbortSignal.any([run.applyingSignal, limit.signal]);
    const end = await run.run({ argv: [path], cwd: directory, environment: environmentOf(run, directory), signal });
    if (isSuccess(end)) return;
    throw new ActionError('health_failed', `the health check ${describeEnd(end)}`, { exitCode: exitCodeOf(end) });
  } finally {
    clearTimeout(timer);
  }
}

export function isSuccess(end: ProgramEnd): boolean {
  return end.kind === 'exited' && end.exitCode === 0;
}

export function exitCodeOf(end: ProgramEnd): number | undefined {
  return end.kind === 'exited' ? end.exitCode : undefined;
}

export function describeEnd(end: ProgramEnd): string {
  switch (end.kind) {
    case 'exited':
      return `ended with exit code ${end.exitCode}`;
    case 'killed':
      return `was ended by ${end.signal}`;
    default:
      return `could not be started: ${end.message}`;
  }
}

function environmentOf(run: ActionRun<InstallAction | UpdateAction>, directory: string): Record<string, string> {
  return {
    ROLLCALL_TASK_ID: run.context.taskId,
    ROLLCALL_APP: run.action.app,
    ROLLCALL_VERSION: run.action.version,
    ROLLCALL_RELEASE_DIR: directory,
  };
}
