import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { O_PATH, anchorOf, isAnchored } from './anchor.ts';
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
    return DirectoryHandle.openReal(await realpath(path));
  }

  /** A path without symlinks, level by level from the top: what became a symlink since it was resolved is an error. */
  static async openReal(realPath: string): Promise<DirectoryHandle> {
    if (!isAnchored) return new DirectoryHandle(realPath, await open(realPath, directoryFlags));
    const names = realPath.split('/').filter((name) => name !== '');
    let above = await open('/', directoryFlags | O_PATH);
    for (const [index, name] of names.entries()) {
      // On the way one may only be allowed to pass through.
      const flags = index === names.length - 1 ? directoryFlags : directoryFlags | O_PATH;
      const outer = above;
      above = await open(`${anchorOf(outer)}/${name}`, flags).finally(async () => outer.close());
    }
    return new DirectoryHandle(realPath, names.length === 0 ? await open('/', directoryFlags) : above);
  }

  /** Opens a directory some levels below a real path; a symlink at any level is an error. With `make`, missing levels are made. */
  static async openBelow(root: string, names: readonly string[], make: boolean): Promise<DirectoryHandle> {
    let directory = await DirectoryHandle.openReal(root);
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
    const anchor = anchorOf(this.#handle);
    return anchor === undefined ? join(this.realPath, name) : `${anchor}/${name}`;
  }

  /**
   * Sets what a file is to have that was just made here. Something else in its place (a symlink, another name of a file
   * that is kept elsewhere, or a file that lay beside it) is an error: who may write here must not have the rights of others'
   * files changed.
   */
  async setFileAttributes(name: string, attributes: FileAttributes): Promise<void> {
    const { mode, mtimeMs, made } = attributes;
    // Should a fifo lie in wait there, it is not waited for.
    const handle = await open(this.path(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (stats.ino !== made.ino || stats.dev !== made.dev) throw new Error(`${name} is not the file that was made`);
      if (mtimeMs !== undefined) await handle.utimes(fileTime(mtimeMs), fileTime(mtimeMs));
      await handle.chmod(mode);
    } finally {
      await handle.close();
    }
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

export interface FileAttributes {
  readonly mode: number;
  readonly mtimeMs?: number | undefined;
  /** The file that was made, or lent. */
  readonly made: Pick<Stats, 'dev' | 'ino'>;
}

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

const SET_GROUP_ID = 0o2000;
