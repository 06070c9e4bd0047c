import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileDurably } from '../../storage/durable.ts';
import { DirectoryHandle } from '../../storage/directory-handle.ts';
import { removeBelow } from '../../storage/remove-tree.ts';
import type { CopyAction, PlanRequest } from '../action.ts';
import { ActionError } from '../action-error.ts';
import type { ActionHandler, HandlerPlan } from '../action-handler.ts';
import type { ActionRun } from '../action-run.ts';
import type { DirectoryAttributes } from '../archive/tree-writer.ts';
import { unpackArchive } from '../archive/unpack-archive.ts';
import { besideName, locateCopy, openParent, placeOf } from './copy-place.ts';
import { mergeConflict, mergeTree } from './merge-tree.ts';

/**
 * Puts a tree in its place. It is unpacked beside it; if nothing is there, one rename publishes it, else its entries
 * are renamed one by one into what is there. Files of the same name are replaced, nothing else is deleted.
 */
export class CopyTreeHandler implements ActionHandler<CopyAction> {
  async plan({ policy, action, contentSize }: PlanRequest & { readonly action: CopyAction }): Promise<HandlerPlan> {
    const { root, parents } = await locateCopy(policy, action);
    return { decision: 'perform', space: [{ directory: join(root, ...parents), size: contentSize }] };
  }

  async stage(run: ActionRun<CopyAction>): Promise<void> {
    const place = await placeOf(run);
    await using parent = await openParent(place);
    const beside = besideName(run);
    await run.addTemporary(join(parent.realPath, beside));
    await removeBelow(parent, beside);
    const target = { parent, name: beside };
    const directories = await unpackArchive(run.context.contentPath, target, ['tar'], run.stagingSignal);
    await writeFileDurably(attributesPath(run), JSON.stringify(directories));
    const isNew = (await parent.stat(place.name)) === undefined;
    if (!isNew) {
      await using source = await parent.child(besideName(run));
      await using target = await parent.child(place.name);
      const conflict = await mergeConflict(source, target);
      if (conflict !== undefined) throw new ActionError('path_conflict', conflict);
    }
    await run.save({ isNew });
  }

  async apply(run: ActionRun<CopyAction>): Promise<void> {
    const place = await placeOf(run);
    await using parent = await openParent(place);
    if ((await parent.stat(besideName(run))) !== undefined) {
      if ((await parent.stat(place.name)) === undefined) {
        await rename(parent.path(besideName(run)), parent.path(place.name));
      } else {
        await using source = await parent.child(besideName(run));
        await using target = await parent.child(place.name);
        await mergeTree(source, target, () => run.checkpoint('moved an entry'));
      }
      await run.checkpoint('moved the tree');
      await parent.sync();
    }
    for (const { path, mode, mtimeMs } of await attributesOf(run)) {
      // The directory that was there before keeps its own rights.
      if (path === '' && run.state<boolean>('isNew') !== true) continue;
      await using directory = await openBelow(parent, [place.name, ...path.split('/').filter((name) => name !== '')]);
      await directory.setAttributes(mode, mtimeMs);
      await directory.sync();
    }
    await run.checkpoint('set the attributes');
  }

  async verify(run: ActionRun<CopyAction>): Promise<object> {
    const place = await placeOf(run);
    await using parent = await openParent(place);
    if ((await parent.stat(place.name))?.isDirectory() !== true) {
      throw new ActionError('io_error', `${JSON.stringify(place.name)} is not there`);
    }
    return {};
  }

  async settle(): Promise<void> {}

  async rollback(): Promise<object> {
    return {};
  }
}

function attributesPath(run: ActionRun): string {
  return join(run.context.stagingDirectory, 'directories.json');
}

/** Deepest first, so that a directory is changed while its parents still let one in. */
async function attributesOf(run: ActionRun): Promise<DirectoryAttributes[]> {
  return JSON.parse(await readFile(attributesPath(run), 'utf8')) as DirectoryAttributes[];
}

async function openBelow(parent: DirectoryHandle, names: readonly string[]): Promise<DirectoryHandle> {
  const [first = '', ...rest] = names;
  let directory = await parent.child(first);
  for (const name of rest) {
    const outer = directory;
    directory = await outer.child(name).finally(async () => outer.close());
  }
  return directory;
}
