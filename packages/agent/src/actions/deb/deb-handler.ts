import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { copyContent, makeDirectory, removeFileDurably, renameDurably } from '../../storage/durable.ts';
import type { DevicePolicy, InstallAction, PlanRequest, UpdateAction } from '../action.ts';
import { ActionError, rejection } from '../action-error.ts';
import type { ActionHandler, HandlerPlan } from '../action-handler.ts';
import type { ActionRun } from '../action-run.ts';
import { INSTALL_RELEASES_KEPT, PACKAGE_EXPANSION_EXPECTED, ROLLBACK_MILLISECONDS_MAX } from '../limits.ts';
import { locateProgram, runHealthCheck, runScript } from '../package-program.ts';
import { checkVersionMark, raiseVersionMark } from '../version-mark.ts';
import { checkPackageNames, checkSameContent, checkUpdate } from '../version-rules.ts';
import { changeDebs, compareDebVersions, installedDeb, listDebFiles, readDebFields } from './dpkg.ts';

type DebAction = InstallAction | UpdateAction;

/**
 * Debian packages, installed by dpkg into the running system or into a root that the configuration names.
 *
 * A package file that was installed from here is kept (`debs/<app>/<version>.deb`): it is what a failed successor is
 * rolled back to. A version that came from elsewhere cannot be restored; then that is the result.
 */
export class DebHandler implements ActionHandler<DebAction> {
  async plan({
    policy,
    action,
    contentSize,
    contentSha256,
  }: PlanRequest & { readonly action: DebAction }): Promise<HandlerPlan> {
    checkPackageNames(action);
    if (!/^[a-z0-9][a-z0-9+.-]+$/.test(action.app)) {
      throw rejection('bad_action', `${JSON.stringify(action.app)} is no name of a Debian package`);
    }
    if (!policy.allow.includes('deb')) {
      throw rejection('not_allowed', "this device's configuration does not allow Debian packages (--allow deb)");
    }
    if (process.getuid?.() !== 0) throw rejection('not_allowed', 'dpkg needs an agent that runs as root');
    const installed = await installedDeb(policy, action.app);
    if (installed === action.version) {
      checkSameContent(action, await digestOf(keptPath(policy, action, installed)), contentSha256);
      return { decision: 'already_present', version: installed };
    }
    if (action.kind === 'update') await checkUpdate(action, installed, compareDebVersions);
    await checkVersionMark(policy.dataDirectory, action, compareDebVersions);
    return {
      decision: 'perform',
      space: [
        { directory: keptDirectory(policy, action), size: contentSize },
        { directory: policy.dpkgRoot ?? '/', size: contentSize * PACKAGE_EXPANSION_EXPECTED },
      ],
    };
  }

  async stage(run: ActionRun<DebAction>): Promise<void> {
    const { policy, contentPath } = run.context;
    const { app, version } = run.action;
    const fields = await readDebFields(contentPath, run.stagingSignal);
    if (fields === undefined) throw new ActionError('bad_archive', 'the content is not a Debian package');
    if (fields.name !== app || fields.version !== version) {
      const told = `${fields.name} ${fields.version}`;
      throw new ActionError('package_mismatch', `the package is ${told}, the task says ${app} ${version}`);
    }
    await makeDirectory(keptDirectory(policy, run.action));
    await run.addTemporary(besidePath(run));
    await copyContent(contentPath, besidePath(run), run.stagingSignal);
    await run.save({ previous: (await installedDeb(policy, app)) ?? null });
  }

  async apply(run: ActionRun<DebAction>): Promise<void> {
    const { policy } = run.context;
    const { app, script } = run.action;
    await run.save({ dpkgStarted: true });
    await changeDebs(run, ['--install', besidePath(run)], run.applyingSignal);
    await run.checkpoint('installed the package');
    if (script === undefined || run.state<boolean>('scriptDone') === true) return;
    await runScript(run, rootOf(policy), await locateInPackage(policy, app, script));
    await run.save({ scriptDone: true });
  }

  async verify(run: ActionRun<DebAction>): Promise<{ readonly version: string }> {
    const { policy } = run.context;
    const { app, version, health } = run.action;
    const installed = await installedDeb(policy, app);
    if (installed !== version) {
      throw new ActionError('dpkg_failed', `after dpkg, ${app} is installed in ${installed ?? 'no version'}`);
    }
    if (health !== undefined) await runHealthCheck(run, rootOf(policy), await locateInPackage(policy, app, health));
    await raiseVersionMark(policy.dataDirectory, run.action, compareDebVersions);
    return { version };
  }

  async settle(run: ActionRun<DebAction>): Promise<void> {
    const { policy } = run.context;
    const directory = keptDirectory(policy, run.action);
    const kept = keptPath(policy, run.action, run.action.version);
    if (await exists(besidePath(run))) await renameDurably(besidePath(run), kept);
    const keep = run.action.kind === 'update' ? Math.max(1, run.action.keep) : INSTALL_RELEASES_KEPT;
    const names = (await readdir(directory)).filter((name) => !name.startsWith('.'));
    const previous = run.state<string | null>('previous') ?? null;
    const spared = [kept, ...(keep > 1 && previous !== null ? [keptPath(policy, run.action, previous)] : [])];
    const others = names.map((name) => join(directory, name)).filter((path) => !spared.includes(path));
    const times = new Map<string, number>();
    for (const path of others) times.set(path, (await lstat(path)).mtimeMs);
    others.sort((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0));
    for (const path of others.slice(Math.max(0, keep - spared.length))) await removeFileDurably(path);
  }

  async rollback(run: ActionRun<DebAction>): Promise<{ readonly rolledBackTo?: string }> {
    if (run.state<boolean>('dpkgStarted') !== true) return {};
    const { policy } = run.context;
    const { app } = run.action;
    const previous = run.state<string | null>('previous') ?? null;
    const signal = AbortSignal.timeout(ROLLBACK_MILLISECONDS_MAX);
    if (previous === null) {
      await changeDebs(run, ['--purge', app], signal);
      return {};
    }
    if ((await installedDeb(policy, app)) === previous) return {};
    const kept = keptPath(policy, run.action, previous);
    if (!(await exists(kept))) {
      throw new ActionError('rollback_failed', `no package file of ${app} ${previous} is kept on this device`);
    }
    await changeDebs(run, ['--install', kept], signal);
    return { rolledBackTo: previous };
  }
}

/** A file of the package, as it was installed. */
async function locateInPackage(policy: DevicePolicy, app: string, name: string): Promise<string> {
  const path = posix.join('/', name);
  if (!(await listDebFiles(policy, app)).includes(path)) {
    throw new ActionError('script_missing', `the package has no file ${JSON.stringify(name)} that could be run`);
  }
  return locateProgram(rootOf(policy), path.slice(1));
}

function rootOf(policy: DevicePolicy): string {
  return policy.dpkgRoot ?? '/';
}

function keptDirectory(policy: DevicePolicy, { app }: DebAction): string {
  return join(policy.dataDirectory, 'debs', app);
}

/** The epoch's colon and the like are legal in Linux file names; encoded all the same, for who looks at them elsewhere. */
function keptPath(policy: DevicePolicy, action: DebAction, version: string): string {
  return join(keptDirectory(policy, action), `${encodeURIComponent(version)}.deb`);
}

function besidePath(run: ActionRun<DebAction>): string {
  return join(keptDirectory(run.context.policy, run.action), `.${run.context.taskId}-${run.context.attempt}.deb`);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Undefined: the package came from elsewhere, and is not kept. */
async function digestOf(path: string): Promise<string | undefined> {
  if (!(await exists(path))) return undefined;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
