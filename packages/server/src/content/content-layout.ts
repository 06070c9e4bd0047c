/** Where content lies below the data directory: named by its identity, in folders by the first two digits. */
import { randomUUID } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

export interface ContentFiles {
  readonly directory: string;
  readonly content: string;
  readonly leafTable: string;
}

const LEAF_TABLE_SUFFIX = '.leaves';

/** Files that are being made have this prefix until a rename commits them. */
const UNFINISHED_PREFIX = '.unfinished-';

export function contentFiles(root: string, contentId: string): ContentFiles {
  const directory = join(root, contentId.slice(0, 2));
  const content = join(directory, contentId);
  return { directory, content, leafTable: `${content}${LEAF_TABLE_SUFFIX}` };
}

/** The content that a file belongs to; undefined: not one of ours, or unfinished. */
export function contentIdOf(fileName: string): string | undefined {
  const id = fileName.endsWith(LEAF_TABLE_SUFFIX) ? fileName.slice(0, -LEAF_TABLE_SUFFIX.length) : fileName;
  return /^[0-9a-f]{64}$/.test(id) ? id : undefined;
}

export function unfinishedPath(root: string): string {
  return join(root, `${UNFINISHED_PREFIX}${randomUUID()}`);
}

/** A rename is on disk only when its folder is. */
export async function syncPath(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await handle.sync();
  } finally {
    await handle?.close();
  }
}
