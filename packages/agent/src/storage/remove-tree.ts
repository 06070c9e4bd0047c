import { constants } from 'node:fs';
import { type FileHandle, chmod, open, readdir, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { O_PATH, anchorOf } from './anchor.ts';
import { DirectoryHandle } from './directory-handle.ts';
import { errorCode } from './durable.ts';

/** Removes whatever is at a path, also directories without write permission, and does not mind when nothing is. */
export async function removeTree(path: string): Promise<void> {
  const parent = await DirectoryHandle.open(dirname(path)).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  });
  if (parent === undefined) return;
  await using _ = parent;
  await removeBelow(parent, basename(path));
}

/**
 * The same for an entry of an open directory. What is below is reached through open directories as well: whoever may
 * write there and swaps one of them for a symlink has nothing removed that lies elsewhere.
 */
export async function removeBelow(parent: DirectoryHandle, name: string): Promise<void> {
  await removeEntry(Buffer.from(parent.path(name)));
  await parent.sync();
}

/** Names as bytes: those that are no UTF-8 are to go as well. */
async function removeEntry(place: Buffer): Promise<void> {
  try {
    return await unlink(place);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    // Linux says that it is a directory; others, or a file that nobody may remove, that it is not permitted.
    if (errorCode(error) !== 'EISDIR' && errorCode(error) !== 'EPERM' && errorCode(error) !== 'EACCES') throw error;
  }
  const directory = await openUnlocked(place);
  try {
    const anchor = anchorOf(directory) ?? place.toString();
    const names = await readdir(anchor, { encoding: 'buffer' });
    for (const name of names) await removeEntry(Buffer.concat([Buffer.from(`${anchor}/`), name]));
  } finally {
    await directory.close();
  }
  await rmdir(place);
}

/** A directory that lets its owner list and empty it, whatever its archive said. */
async function openUnlocked(place: Buffer): Promise<FileHandle> {
  const flags = constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const bare = await open(place, flags | O_PATH);
  try {
    const { mode } = await bare.stat();
    if ((mode & 0o700) !== 0o700) await chmod(anchorOf(bare) ?? place, 0o700);
    return await open(anchorOf(bare) === undefined ? place : `${anchorOf(bare)}/.`, flags);
  } finally {
    await bare.close();
  }
}
