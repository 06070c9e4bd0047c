import { constants } from 'node:fs';
import { type FileHandle, link, lutimes, mkdir, open, symlink, unlink } from 'node:fs/promises';
import type { DirectoryHandle } from '../../storage/directory-handle.ts';
import { writeAll } from '../../storage/durable.ts';
import { fileTime } from '../../storage/file-time.ts';
import type { TreeDirectory, TreeFile } from './tree-directory.ts';

/** A directory on this device's disk: whoever may write beside it can lead none of this elsewhere. */
export class DiskDirectory implements TreeDirectory {
  readonly #handle: DirectoryHandle;

  constructor(handle: DirectoryHandle) {
    this.#handle = handle;
  }

  async child(name: string): Promise<DiskDirectory> {
    return new DiskDirectory(await this.#handle.child(name));
  }

  async makeDirectory(name: string): Promise<void> {
    await mkdir(this.#handle.path(name), 0o700);
  }

  async createFile(name: string): Promise<TreeFile> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
    return new DiskFile(await open(this.#handle.path(name), flags, 0o600));
  }

  async hasFile(name: string): Promise<boolean> {
    return (await this.#handle.stat(name))?.isFile() === true;
  }

  async link(name: string, directory: DiskDirectory, existing: string): Promise<void> {
    await link(directory.#handle.path(existing), this.#handle.path(name));
  }

  async symlink(name: string, target: string, mtimeMs: number): Promise<void> {
    const place = this.#handle.path(name);
    await symlink(target, place);
    await lutimes(place, fileTime(mtimeMs), fileTime(mtimeMs));
  }

  async unlink(name: string): Promise<void> {
    await unlink(this.#handle.path(name));
  }

  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

class DiskFile implements TreeFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await writeAll(this.#handle, bytes);
  }

  async finish(mode: number, mtimeMs: number): Promise<void> {
    await this.#handle.chmod(mode);
    await this.#handle.utimes(fileTime(mtimeMs), fileTime(mtimeMs));
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
