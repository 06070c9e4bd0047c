import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** statfs(2). */
const TMPFS_MAGIC = 0x01021994;
const CHUNK_BYTES = 4 * 1024 * 1024;

interface WarmMemory {
  /** To whoever writes next. */
  giveBack(): void;
}

/**
 * Writes a file of so many bytes into a folder in memory, to be given back when a transfer begins; elsewhere it does nothing.
 * A host takes back what its guest has freed (free page reporting), and to give it again takes up to 13 µs for each page
 * that is written first: seconds of a run, of whichever tool finds more of it gone.
 */
export function warmMemory(folder: string, bytes: number): WarmMemory {
  if (statfsSync(folder).type !== TMPFS_MAGIC) return { giveBack: () => undefined };
  const path = join(folder, 'warm');
  const chunk = Buffer.alloc(Math.min(bytes, CHUNK_BYTES), 1);
  const file = openSync(path, 'w');
  for (let written = 0; written < bytes;) written += writeSync(file, chunk, 0, Math.min(chunk.length, bytes - written));
  closeSync(file);
  return { giveBack: () => rmSync(path) };
}
