import { chmod, lstat, readFile, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DirectoryHandle } from '../../storage/directory-handle.ts';
import { renameDurably, writeFileDurably } from '../../storage/durable.ts';
import { fileTime } from '../../storage/file-time.ts';
import { removeTree } from '../../storage/remove-tree.ts';
import type { InstallAction, PlanRequest, UpdateAction } from '../action.ts';
import type { ActionHandler, HandlerPlan } from '../action-handler.ts';
import type { ActionRun } from '../action-run.ts';
import type { DirectoryAttributes } from '../archive/tree-writer.ts';
import { unpackArchive } from '../archive/unpack-archive.ts';
import { INSTALL_RELEASES_KEPT, PACKAGE_EXPANSION_EXPECTED } from '../limits.ts';
import { locateProgram, runHealthCheck, runScript } from '../package-program.ts';
import { checkVersionMark, raiseVersionMark } from '../version-mark.ts';
import { checkPackageNames, checkSameContent, checkUpdate, compareSemver } from '../version-rules.ts';
import { Releases } from './releases.ts';

type AppAction = InstallAction | UpdateAction;

/**
 * Applications that live in the data directory, one folder per release.
 *
 * Order of an apply: unpack beside, rename to `releases/<version>`, run the install script, swap `current`, run the
 * health check. So a failing script never touched what runs, and a failing health check is undone by one swap. An
 * install makes its version current whichever was before; an update has rules about that.
 */
export class AppHandler implements ActionHandler<AppAction> {
  async plan({
    policy,
    action,
    contentSize,
    contentSha256,
  }: PlanRequest & { readonly action: AppAction }): Promise<HandlerPlan> {
    checkPackageNames(action);
    const releases = new Releases(policy.dataDirectory, action.app);
    const installed = await releases.current();
    if (installed === action.version) {
      checkSameContent(action, await releases.digestOf(installed), contentSha256);
      return { decision: 'already_present', version: installed };
    }
    if (action.kind === 'update') await checkUpdate(action, installed, compareSemver);
    await checkVersionMark(policy.dataDirectory, action, compareSemver);
    const size = contentSize * PACKAGE_EXPANSION_EXPECTED;
    return { decision: 'perform', space: [{ directory: releases.directory, size }] };
  }

  async stage(run: ActionRun<AppAction>): Promise<void> {
    const releases = releasesOf(run);
    await releases.make();
    const beside = besidePath(run);
    await run.addTemporary(beside);
    await removeTree(beside);
    const { contentPath } = run.context;
    const formats = ['tar.gz', 'tar.zst', 'tar', 'zip'] as const;
    await using parent = await DirectoryHandle.open(releases.directory);
    const target = { parent, name: basename(beside) };
    const directories = await unpackArchive(contentPath, target, formats, run.stagingSignal);
    await writeFileDurably(attributesPath(run), JSON.stringify(directories));
    for (const name of [run.action.script, run.action.health]) {
      if (name !== undefined) await locateProgram(beside, name);
    }
    const previous = (await releases.current()) ?? null;
    await run.save({ previous, hadRelease: await releases.has(run.action.version) });
  }

  async apply(run: ActionRun<AppAction>): Promise<void> {
    const releases = releasesOf(run);
    const { version, script } = run.action;
    const release = releases.path(version);
    if (await exists(besidePath(run))) {
      // A release of that version which is not current, left by an earlier update: kept until the end, to go back to.
      if (await exists(release)) {
        await renameDurably(release, asidePath(run));
        await run.checkpoint('moved the former release aside');
      }
      await renameDurably(besidePath(run), release);
      await run.checkpoint('placed the release');
    }
    if (run.state<boolean>('attributesSet') !== true) {
      await setAttributes(release, await attributesOf(run));
      await run.save({ attributesSet: true });
    }
    if (script !== undefined && run.state<boolean>('scriptDone') !== true) {
      await runScript(run, release, await locateProgram(release, script));
      await run.save({ scriptDone: true });
    }
    await releases.setCurrent(version);
    await run.checkpoint('swapped current');
  }

  async verify(run: ActionRun<AppAction>): Promise<{ readonly version: string }> {
    const { version, health } = run.action;
    const releases = releasesOf(run);
    const release = releases.path(version);
    if (health !== undefined) await runHealthCheck(run, release, await locateProgram(release, health));
    await releases.noteDigest(version, run.context.contentSha256);
    await raiseVersionMark(run.context.policy.dataDirectory, run.action, compareSemver);
    return { version };
  }

  async settle(run: ActionRun<AppAction>): Promise<void> {
    await removeTree(asidePath(run));
    const keep = run.action.kind === 'update' ? run.action.keep : INSTALL_RELEASES_KEPT;
    await releasesOf(run).keepLast(keep, run.action.version);
  }

  async rollback(run: ActionRun<AppAction>): Promise<{ readonly rolledBackTo?: string }> {
    const previous = run.state<string | null>('previous');
    if (previous === undefined) return {};
    const releases = releasesOf(run);
    const { version } = run.action;
    const wasSwapped = (await releases.current()) === version || run.state<boolean>('wasSwapped') === true;
    if (wasSwapped) {
      await run.save({ wasSwapped });
      await releases.setCurrent(previous ?? undefined);
      await run.checkpoint('swapped back');
    }
    if (await exists(asidePath(run))) {
      await removeTree(releases.path(version));
      await renameDurably(asidePath(run), releases.path(version));
    } else if (run.state<boolean>('hadRelease') !== true) {
      await removeTree(releases.path(version));
    }
    return wasSwapped && previous !== null ? { rolledBackTo: previous } : {};
  }
}

function releasesOf(run: ActionRun<AppAction>): Releases {
  return new Releases(run.context.policy.dataDirectory, run.action.app);
}

function besidePath(run: ActionRun<AppAction>): string {
  return join(releasesOf(run).directory, `.${run.context.taskId}-${run.context.attempt}`);
}

function asidePath(run: ActionRun<AppAction>): string {
  return `${besidePath(run)}.former`;
}

function attributesPath(run: ActionRun): string {
  return join(run.context.stagingDirectory, 'directories.json');
}

async function attributesOf(run: ActionRun): Promise<DirectoryAttributes[]> {
  return JSON.parse(await readFile(attributesPath(run), 'utf8')) as DirectoryAttributes[];
}

async function setAttributes(release: string, directories: readonly DirectoryAttributes[]): Promise<void> {
  // The release's own directory is ours and has to let its user in, whatever the archive says of `./`.
  await chmod(release, 0o755);
  for (const { path, mode, mtimeMs } of directories.filter(({ path }) => path !== '')) {
    await chmod(join(release, path), mode);
    await utimes(join(release, path), fileTime(mtimeMs), fileTime(mtimeMs));
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
