import type { Stats } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { copyContent, linkContent } from '../../storage/durable.ts';
import { DirectoryHandle } from '../../storage/directory-handle.ts';
import type { CopyAction, PlanRequest } from '../action.ts';
import { ActionError, rejection } from '../action-error.ts';
import type { ActionHandler, HandlerPlan } from '../action-handler.ts';
import type { ActionRun } from '../action-run.ts';
import { besideName, locateCopy, openParent, placeOf } from './copy-place.ts';

/** Puts one file in its place: written beside it, synced, then renamed over whatever file had the name. */
export class CopyFileHandler implements ActionHandler<CopyAction> {
  async plan({ policy, action, contentSize }: PlanRequest & { readonly action: CopyAction }): Promise<HandlerPlan> {
    const { root, parents, name } = await locateCopy(policy, action);
    const directory = join(root, ...parents);
    await refuseDirectory(root, parents, name);
    return { decision: 'perform', space: [{ directory, size: contentSize }] };
  }

  async stage(run: ActionRun<CopyAction>): Promise<void> {
    const place = await placeOf(run);
    await using parent = await openParent(place);
    await run.addTemporary(join(parent.realPath, besideName(run)));
    const made = await putContent(run, parent, parent.path(besideName(run)));
    const { mode, mtimeMs } = run.action;
    await parent.setFileAttributes(besideName(run), { mode: (mode ?? 0o644) & 0o777, mtimeMs, made });
    await run.checkpoint('wrote beside the target');
  }

  async apply(run: ActionRun<CopyAction>): Promise<void> {
    const place = await placeOf(run);
    await using parent = await openParent(place);
    // Nothing beside the target any more: an earlier run of this attempt has renamed it, and may not have come to the sync.
    if ((await parent.stat(besideName(run))) !== undefined) {
      if ((await parent.stat(place.name))?.isDirectory() === true) throw directoryThere(place.name);
      await rename(parent.path(besideName(run)), parent.path(place.name));
      await run.checkpoint('renamed over the target');
    }
    await parent.sync();
  }

  async verify(run: ActionRun<CopyAction>): Promise<object> {
    const place = await placeOf(run);
    await using parent = await openParent(place);
    const stats = await parent.stat(place.name);
    if (stats?.isFile() !== true || stats.size !== run.context.contentSize) {
      throw new ActionError('io_error', `${JSON.stringify(place.name)} is not there with its whole content`);
    }
    return {};
  }

  async settle(): Promise<void> {}

  async rollback(): Promise<object> {
    return {};
  }
}

/**
 * The content's own file where it can be had, so that nothing is written a second time; else a copy of it: on another file
 * system, and in a directory that gives its group to what is made in it. Answers the file that it put there.
 */
async function putContent(run: ActionRun<CopyAction>, parent: DirectoryHandle, beside: string): Promise<Stats> {
  const { contentPath, lendContent } = run.context;
  // Asked when nothing can come between any more: from then on the file is the target's.
  const isLent =
    lendContent !== undefined &&
    !(await parent.givesGroup()) &&
    (await linkContent(contentPath, beside)) &&
    lendContent();
  if (isLent) return stat(contentPath);
  return copyContent(contentPath, beside, run.stagingSignal);
}

async function refuseDirectory(root: string, parents: readonly string[], name: string): Promise<void> {
  const parent = await DirectoryHandle.openBelow(root, parents, false).catch(() => undefined);
  if (parent === undefined) return;
  await using _ = parent;
  if ((await parent.stat(name))?.isDirectory() === true) throw directoryThere(name);
}

function directoryThere(name: string): ActionError {
  return rejection('path_conflict', `there is a directory at ${JSON.stringify(name)} where the file should go`);
}
