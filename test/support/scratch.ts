import { createHash, randomFillSync } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  globSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const open = new Set<Scratch>();
process.once('exit', () => {
  for (const scratch of open) scratch[Symbol.dispose]();
});

/** A folder of a test's own, gone with it. */
export class Scratch implements Disposable {
  readonly path: string;

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
    open.add(this);
  }

  join(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
    open.delete(this);
  }
}

/** Writes a file of random bytes: nothing on the way can make it smaller or guess it. */
export function writeRandomFile(path: string, size: number): string {
  const file = openSync(path, 'wx');
  const chunk = Buffer.alloc(Math.min(size, 4 * 1024 * 1024));
  for (let written = 0; written < size;) {
    randomFillSync(chunk);
    written += writeSync(file, chunk, 0, Math.min(chunk.length, size - written));
  }
  closeSync(file);
  return path;
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Every entry of a tree, with what must survive a copy: kind, mode, time and content. */
export function describeTree(root: string): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const name of globSync('**', { cwd: root }).toSorted()) {
    const path = join(root, name);
    const stat = lstatSync(path);
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isSymbolicLink()) entries[name] = `link ${readlinkSync(path)}`;
    else if (stat.isDirectory()) entries[name] = `folder ${mode}`;
    else {
      const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
      entries[name] = `file ${mode} ${Math.floor(stat.mtimeMs / 1000)} ${digest}`;
    }
  }
  return entries;
}
