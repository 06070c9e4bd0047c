import { existsSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** A path to what is open, whatever happens to its name; undefined where the system has none. */
export function anchorOf(handle: FileHandle): string | undefined {
  return isAnchored ? `/proc/self/fd/${handle.fd}` : undefined;
}

/** Whether the system has such paths. */
export const isAnchored = existsSync('/proc/self/fd');

/** Linux's flag for a handle that only stands for a place; node does not name it. Elsewhere: none. */
export const O_PATH = isAnchored ? 0o10000000 : 0;
