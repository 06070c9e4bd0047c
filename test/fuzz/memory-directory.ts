import assert from 'node:assert/strict';
import type { TreeDirectory, TreeFile } from '../../packages/agent/src/actions/archive/tree-directory.ts';

export type MemoryEntry = MemoryDirectory | MemoryFile | MemorySymlink;

/** What an archive makes, in memory: each call means what the system call means, and no name leads anywhere else. */
export class MemoryDirectory implements TreeDirectory {
  readonly entries = new Map<string, MemoryEntry>();

  async child(name: string): Promise<MemoryDirectory> {
    const entry = this.#entry(name);
    if (entry instanceof MemoryDirectory) return entry;
    throw systemError(entry instanceof MemorySymlink ? 'ELOOP' : entry === undefined ? 'ENOENT' : 'ENOTDIR', 'open');
  }

  async makeDirectory(name: string): Promise<void> {
    this.#add(name, new MemoryDirectory(), 'mkdir');
  }

  async createFile(name: string): Promise<TreeFile> {
    return this.#add(name, new MemoryFile(), 'open');
  }

  async hasFile(name: string): Promise<boolean> {
    return this.#entry(name) instanceof MemoryFile;
  }

  async link(name: string, directory: MemoryDirectory, existing: string): Promise<void> {
    const file = directory.#entry(existing);
    if (file === undefined) throw systemError('ENOENT', 'link');
    assert.ok(file instanceof MemoryFile, 'a hard link to what is no file');
    this.#add(name, file, 'link');
  }

  async symlink(name: string, target: string): Promise<void> {
    assert.ok(target !== '' && !target.includes('\0') && Buffer.byteLength(target) <= PATH_BYTES_MAX);
    this.#add(name, new MemorySymlink(target), 'symlink');
  }

  async unlink(name: string): Promise<void> {
    const entry = this.#entry(name);
    if (entry instanceof MemoryDirectory) throw systemError('EISDIR', 'unlink');
    if (entry === undefined) throw systemError('ENOENT', 'unlink');
    this.entries.delete(name);
  }

  async sync(): Promise<void> {
    await Promise.resolve();
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  #entry(name: string): MemoryEntry | undefined {
    assertName(name);
    return this.entries.get(name);
  }

  #add<Entry extends MemoryEntry>(name: string, entry: Entry, call: string): Entry {
    if (this.#entry(name) !== undefined) throw systemError('EEXIST', call);
    this.entries.set(name, entry);
    return entry;
  }
}

export class MemoryFile implements TreeFile {
  size = 0;

  async write(bytes: Uint8Array): Promise<void> {
    this.size += bytes.length;
  }

  async finish(mode: number, mtimeMs: number): Promise<void> {
    assert.equal(mode & ~0o777, 0, 'special bits');
    assert.ok(Number.isFinite(mtimeMs), 'a time that is none');
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}

export class MemorySymlink {
  readonly target: string;

  constructor(target: string) {
    this.target = target;
  }
}

/** Asked of the system, such a name would be a path, or be refused. */
function assertName(name: string): void {
  assert.ok(!['', '.', '..'].includes(name) && !/[/\0]/.test(name), `${JSON.stringify(name)} is no entry's name`);
  assert.ok(Buffer.byteLength(name) <= NAME_BYTES_MAX, 'a name that no file system takes');
}

function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, syscall });
}

const NAME_BYTES_MAX = 255;
const PATH_BYTES_MAX = 4096;
