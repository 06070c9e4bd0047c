import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { DirectoryHandle } from '../../storage/directory-handle.ts';

/** Why a tree cannot be moved into a directory, if it cannot: of one name, one is a directory and the other is not. */
export async function mergeConflict(source: DirectoryHandle, target: DirectoryHandle): Promise<string | undefined> {
  for (const name of await readdir(source.path('.'))) {
    const there = await target.stat(name);
    if (there === undefined) continue;
    const isDirectory = (await source.stat(name))?.isDirectory() === true;
    if (isDirectory !== there.isDirectory()) {
      const place = JSON.stringify(join(target.realPath, name));
      return isDirectory
        ? `${place} is no directory, and the tree has a directory of that name`
        : `${place} is a directory, and the tree has a file of that name`;
    }
    if (!isDirectory) continue;
    await using sourceChild = await source.child(name);
    await using targetChild = await target.child(name);
    const conflict = await mergeConflict(sourceChild, targetChild);
    if (conflict !== undefined) return conflict;
  }
  return undefined;
}

/**
 * Moves the entries of one directory into another, by renaming. What was moved is gone from the source, so that a
 * second run goes on where the first was cut off.
 */
export async function mergeTree(
  source: DirectoryHandle,
  target: DirectoryHandle,
  moved: () => Promise<void>,
): Promise<void> {
  for (const name of (await readdir(source.path('.'))).sort()) {
    const isDirectory = (await source.stat(name))?.isDirectory() === true;
    if (isDirectory && (await target.stat(name)) !== undefined) {
      await using sourceChild = await source.child(name);
      await using targetChild = await target.child(name);
      await targetChild.makeWritable();
      await mergeTree(sourceChild, targetChild, moved);
    } else {
      await rename(source.path(name), target.path(name));
      await moved();
    }
  }
  await target.sync();
}
