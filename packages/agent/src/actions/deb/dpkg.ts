import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DevicePolicy } from '../action.ts';
import { ActionError } from '../action-error.ts';
import type { ActionRun } from '../action-run.ts';
import { OutputTail } from '../output-tail.ts';
import { type ProgramEnd, runProgram } from '../run-program.ts';
import { describeEnd, exitCodeOf, isSuccess } from '../package-program.ts';

export interface DebFields {
  readonly name: string;
  readonly version: string;
}

/** Name and version that a package file says of itself; `undefined`: it is no Debian package. */
export async function readDebFields(path: string, signal: AbortSignal): Promise<DebFields | undefined> {
  const { end, output } = await ask(['dpkg-deb', '--show', '--showformat=${Package}\\n${Version}', path], signal);
  const [name, version] = output.split('\n');
  if (!isSuccess(end) || name === undefined || version === undefined || version === '') return undefined;
  return { name, version };
}

/** The version of a package that is installed, all of it; anything between is none. */
export async function installedDeb(policy: DevicePolicy, name: string): Promise<string | undefined> {
  const { end, output } = await ask(
    ['dpkg-query', ...adminDirectory(policy), '--show', '--showformat=${db:Status-Status}\\n${Version}', name],
    AbortSignal.timeout(queryMillisecondsMax),
  );
  const [status, version] = output.split('\n');
  return isSuccess(end) && status === 'installed' ? version : undefined;
}

/** The files of an installed package. */
export async function listDebFiles(policy: DevicePolicy, name: string): Promise<readonly string[]> {
  const { output } = await ask(
    ['dpkg-query', ...adminDirectory(policy), '--listfiles', name],
    AbortSignal.timeout(queryMillisecondsMax),
  );
  return output.split('\n');
}

/** dpkg's order of versions. */
export async function compareDebVersions(a: string, b: string): Promise<number> {
  const signal = AbortSignal.timeout(queryMillisecondsMax);
  if (isSuccess((await ask(['dpkg', '--compare-versions', a, 'eq', b], signal)).end)) return 0;
  return isSuccess((await ask(['dpkg', '--compare-versions', a, 'lt', b], signal)).end) ? -1 : 1;
}

/** Changes the system: one dpkg at a time, waiting for whoever else works on the packages just now. */
export async function changeDebs(run: ActionRun, args: readonly string[], signal: AbortSignal): Promise<void> {
  const { policy } = run.context;
  if (policy.dpkgRoot !== undefined) await prepareRoot(policy.dpkgRoot);
  const root = policy.dpkgRoot === undefined ? [] : [`--root=${policy.dpkgRoot}`];
  const environment = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  // The device's own changes to configuration files stay, as apt does it when nobody can be asked.
  const argv = ['dpkg', ...root, '--force-confdef', '--force-confold', ...args];
  for (;;) {
    const tail = new OutputTail();
    const end = await run.run({ argv, cwd: '/', environment, signal, onOutput: tail.push });
    if (isSuccess(end)) return;
    if (!/lock.* by another process|unable to lock/i.test(Buffer.from(tail.bytes()).toString())) {
      throw new ActionError('dpkg_failed', `dpkg ${describeEnd(end)}`, { exitCode: exitCodeOf(end) });
    }
    await sleep(lockPauseMilliseconds);
    signal.throwIfAborted();
  }
}

/** dpkg wants its books to be there, also when they are empty. */
async function prepareRoot(root: string): Promise<void> {
  const admin = join(root, 'var/lib/dpkg');
  for (const name of ['info', 'updates', 'triggers']) await mkdir(join(admin, name), { recursive: true });
  for (const name of ['status', 'available']) await (await open(join(admin, name), 'a')).close();
}

function adminDirectory({ dpkgRoot }: DevicePolicy): string[] {
  return dpkgRoot === undefined ? [] : [`--admindir=${join(dpkgRoot, 'var/lib/dpkg')}`];
}

async function ask(argv: readonly string[], signal: AbortSignal): Promise<{ end: ProgramEnd; output: string }> {
  const tail = new OutputTail(answerSizeMaxBytes);
  const end = await runProgram({ argv, cwd: '/', environment: { LC_ALL: 'C' }, signal, output: tail.push });
  return { end, output: Buffer.from(tail.bytes()).toString('utf8') };
}

/** Another package manager holds its lock for seconds to minutes. */
const lockPauseMilliseconds = 2000;

/** dpkg's books are small; who takes longer hangs. */
const queryMillisecondsMax = 60_000;

/** A list of files of a large package. */
const answerSizeMaxBytes = 16 * 1024 * 1024;
