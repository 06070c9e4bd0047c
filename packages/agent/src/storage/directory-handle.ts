import { constants, existsSync } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './durable.ts';
import { fileTime } from './file-time.ts';

/**
 * An open directory, whose entries are reached through the open file and not by its path again.
 *
 * Node has no openat(). On Linux `/proc/self/fd/N/name` is the same thing: whoever swaps a directory on the way for a
 * symlink after it was opened changes nothing any more. Where there is no /proc, the checked path is what remains.
 */
export class DirectoryHandle implements AsyncDisposable {
  /** For messages, and for handing a place to another program. */
  readonly realPath: string;
  readonly #handle: FileHandle;

  private constructor(realPath: string, handle: FileHandle) {
    this.realPath = realPath;
    this.#handle = handle;
  }

  /** Follows symlinks: for directories that the device's own configuration names. */
  static async open(path: string): Promise<DirectoryHandle> {
    const realPath = await realpath(path);
    return new DirectoryHandle(realPath, await open(realPath, directoryFlags));
  }

  /** Opens a directory some levels down; a symlink at any level is an error. With `make`, missing levels are made. */
  static async openBelow(root: string, names: readonly string[], make: boolean): Promise<DirectoryHandle> {
    let directory = await DirectoryHandle.open(root);
    for (const name of names) {
      try {
        const child = await directory.child(name, make);
        await directory.close();
        directory = child;
      } catch (error) {
        await directory.close();
        throw error;
      }
    }
    return directory;
  }

  /** A subdirectory; a symlink in its place is an error. */
  async child(name: string, make = false): Promise<DirectoryHandle> {
    if (make) {
      try {
        await mkdir(this.path(name), 0o755);
        await this.sync();
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
      }
    }
    return new DirectoryHandle(join(this.realPath, name), await open(this.path(name), directoryFlags));
  }

  /** The path to give to the system for an entry. Good for as long as this handle is open. */
  path(name: string): string {
    return anchored ? `/proc/self/fd/${this.#handle.fd}/${name}` : join(this.realPath, name);
  }

  /** What the entry itself is (a symlink is a symlink); `undefined`: nothing there. */
  async stat(name: string): Promise<Stats | undefined> {
    try {
      return await lstat(this.path(name));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Whether what is made in it gets its group (set-group-ID), and not that of who makes it. */
  async givesGroup(): Promise<boolean> {
    return ((await this.#handle.stat()).mode & SET_GROUP_ID) !== 0;
  }

  /** Lets its owner put entries into it. The attributes that it is to have are set afterwards. */
  async makeWritable(): Promise<void> {
    const { mode } = await this.#handle.stat();
    if ((mode & 0o700) !== 0o700) await this.#handle.chmod((mode & 0o777) | 0o700);
  }

  async setAttributes(mode: number, mtimeMs: number): Promise<void> {
    await this.#handle.utimes(fileTime(mtimeMs), fileTime(mtimeMs));
    await this.#handle.chmod(mode);
  }

  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

const SET_GROUP_ID = 0o2000;

const anchored = existsSync('/proc/self/fd');
