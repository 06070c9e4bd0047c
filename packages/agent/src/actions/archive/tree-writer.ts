import { basename, dirname } from 'node:path';
import { errorCode } from '../../storage/durable.ts';
import { isFileName } from '../../storage/locate-target.ts';
import { ActionError } from '../action-error.ts';
import {
  ARCHIVE_DEPTH_MAX,
  ARCHIVE_ENTRIES_MAX,
  ARCHIVE_PATH_BYTES_MAX,
  ARCHIVE_RATIO_FREE_BYTES,
  ARCHIVE_RATIO_MAX,
  ARCHIVE_SIZE_BYTES_MAX,
} from '../limits.ts';
import { OpenPath } from './open-path.ts';
import type { TreeDirectory } from './tree-directory.ts';
import { TreeLinks } from './tree-links.ts';

export interface EntryAttributes {
  readonly mode: number;
  readonly mtimeMs: number;
}

/** Set when everything is in place: a directory may forbid writing, and each new entry changes its time. */
export interface DirectoryAttributes extends EntryAttributes {
  /** `''` is the tree's own directory. */
  readonly path: string;
}

export interface TreeWriterOptions {
  readonly archiveSize: number;
  /** What the disk still takes. */
  readonly sizeMax: number;
  readonly signal: AbortSignal;
}

/**
 * Writes an archive's entries into an empty directory of our own, and nothing anywhere else: each is reached through the
 * open directories above it, so that nobody who may write beside it can lead it out. Symlinks are made last of all, so that no entry can be written through one. Everything is fsynced. Set-user-id and
 * the like are dropped: an archive must not make files that lend its receiver's rights to others.
 */
export class TreeWriter implements AsyncDisposable {
  readonly #path: OpenPath;
  /** For the second place that a hard link has to do with. */
  readonly #otherPath: OpenPath;
  readonly #options: TreeWriterOptions;
  readonly #directories = new Map<string, EntryAttributes | undefined>();
  readonly #links = new TreeLinks();
  readonly #linkTimes = new Map<string, number>();
  #entryCount = 0;
  #size = 0;
  #streamedSize = 0;

  constructor(root: TreeDirectory, options: TreeWriterOptions) {
    this.#path = new OpenPath(root);
    this.#otherPath = new OpenPath(root);
    this.#options = options;
  }

  async addDirectory(name: string, attributes: EntryAttributes): Promise<void> {
    const path = this.#accept(name);
    await this.#makeDirectories(path);
    this.#directories.set(path, masked(attributes));
  }

  async addFile(name: string, attributes: EntryAttributes, content: AsyncIterable<Uint8Array>): Promise<void> {
    const path = this.#acceptNamed(name);
    const directory = await this.#clear(path);
    const file = await directory.createFile(basename(path));
    try {
      for await (const bytes of content) {
        this.#options.signal.throwIfAborted();
        this.#takeSpace(bytes.length);
        await file.write(bytes);
      }
      const { mode, mtimeMs } = masked(attributes);
      await file.finish(mode, mtimeMs);
    } finally {
      await file.close();
    }
  }

  async addSymlink(name: string, target: string, mtimeMs: number): Promise<void> {
    const path = this.#acceptNamed(name);
    if (target === '' || target.includes('\0') || Buffer.byteLength(target) > ARCHIVE_PATH_BYTES_MAX) {
      throw badArchive(`the symlink ${JSON.stringify(path)} has no usable target`);
    }
    await this.#clear(path);
    this.#links.add(path, target);
    this.#linkTimes.set(path, mtimeMs);
  }

  /** A second name of a file that came before in the same archive. */
  async addHardLink(name: string, target: string): Promise<void> {
    const path = this.#acceptNamed(name);
    const existing = pathOf(target);
    const directory = await this.#otherPath.directory(parentOf(existing)).catch(() => undefined);
    if (existing === '' || directory === undefined || !(await directory.hasFile(basename(existing)))) {
      throw badArchive(`the hard link ${JSON.stringify(path)} leads to no file of the archive`);
    }
    if (existing === path) return;
    await (await this.#clear(path)).link(basename(path), directory, basename(existing));
  }

  /** Counts what came out of the decompression, whatever it is: headers and padding without an end are a bomb as well. */
  noteStreamed(size: number): void {
    this.#streamedSize += size;
    this.#refuseBomb(this.#streamedSize);
  }

  /** Makes the symlinks and syncs. Answers the attributes that are left to be set, deepest directories first. */
  async finish(): Promise<DirectoryAttributes[]> {
    for (const [path, target] of this.#links.entries()) {
      if (this.#links.leadsOut(path)) {
        throw badArchive(`the symlink ${JSON.stringify(path)} leads out of the tree, to ${JSON.stringify(target)}`);
      }
    }
    for (const [path, target] of this.#links.entries()) {
      const directory = await this.#path.directory(parentOf(path));
      try {
        await directory.symlink(basename(path), target, this.#linkTimes.get(path) ?? 0);
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
        throw badArchive(`${JSON.stringify(path)} is a symlink and a directory in one archive`);
      }
    }
    const paths = [...this.#directories.keys()].sort();
    for (const path of ['', ...paths]) await (await this.#path.directory(path)).sync();
    return paths
      .sort((a, b) => depth(b) - depth(a) || (a < b ? -1 : 1))
      .flatMap((path) => {
        const attributes = this.#directories.get(path);
        return attributes === undefined ? [] : [{ path, ...attributes }];
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#path[Symbol.asyncDispose]();
    await this.#otherPath[Symbol.asyncDispose]();
  }

  #accept(name: string): string {
    this.#options.signal.throwIfAborted();
    this.#entryCount += 1;
    if (this.#entryCount > ARCHIVE_ENTRIES_MAX) {
      throw new ActionError('archive_too_large', `the archive has more than ${ARCHIVE_ENTRIES_MAX} entries`);
    }
    return pathOf(name);
  }

  #acceptNamed(name: string): string {
    const path = this.#accept(name);
    if (path === '') throw badArchive(`${JSON.stringify(name)} is no name for a file`);
    return path;
  }

  /** Frees a path, and answers the directory above it: of two entries with one name the later one counts, as for tar. */
  async #clear(path: string): Promise<TreeDirectory> {
    await this.#makeDirectories(parentOf(path));
    this.#links.delete(path);
    const directory = await this.#path.directory(parentOf(path));
    try {
      await directory.unlink(basename(path));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return directory;
      if (errorCode(error) === 'EISDIR' || errorCode(error) === 'EPERM') {
        throw badArchive(`${JSON.stringify(path)} is a directory and something else in one archive`);
      }
      throw error;
    }
    return directory;
  }

  async #makeDirectories(path: string): Promise<void> {
    if (path === '' || this.#directories.has(path)) return;
    await this.#makeDirectories(parentOf(path));
    try {
      await (await this.#path.directory(parentOf(path))).makeDirectory(basename(path));
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      throw badArchive(`${JSON.stringify(path)} is a directory and something else in one archive`);
    }
    // A directory that the archive does not list gets the usual rights, and the time of now.
    this.#directories.set(path, { mode: 0o755, mtimeMs: Date.now() });
  }

  #takeSpace(size: number): void {
    this.#size += size;
    if (this.#size > this.#options.sizeMax) {
      throw new ActionError(
        'no_space',
        `the archive unpacks to more than the ${this.#options.sizeMax} bytes that are free`,
      );
    }
    this.#refuseBomb(this.#size);
  }

  #refuseBomb(size: number): void {
    const isBomb = size > ARCHIVE_RATIO_FREE_BYTES && size > this.#options.archiveSize * ARCHIVE_RATIO_MAX;
    if (isBomb || size > ARCHIVE_SIZE_BYTES_MAX) {
      throw new ActionError(
        'archive_too_large',
        `the archive unpacks to more than ${isBomb ? `${ARCHIVE_RATIO_MAX} times its own size` : 'any may'}`,
      );
    }
  }
}

/** Path inside the tree, normalised; refuses what could lead elsewhere. */
function pathOf(name: string): string {
  if (name.startsWith('/')) throw badArchive(`the archive holds the absolute path ${JSON.stringify(name)}`);
  if (Buffer.byteLength(name) > ARCHIVE_PATH_BYTES_MAX) throw badArchive('the archive holds a path that is too long');
  const names = name.split('/').filter((part) => part !== '' && part !== '.');
  if (names.some((part) => !isFileName(part))) {
    throw badArchive(`the archive holds the path ${JSON.stringify(name)}, which is refused`);
  }
  if (names.length > ARCHIVE_DEPTH_MAX) throw badArchive('the archive holds directories that are too deep');
  return names.join('/');
}

function parentOf(path: string): string {
  const parent = dirname(path);
  return parent === '.' ? '' : parent;
}

function depth(path: string): number {
  return path === '' ? 0 : path.split('/').length;
}

function masked({ mode, mtimeMs }: EntryAttributes): EntryAttributes {
  return { mode: mode & 0o777, mtimeMs: Number.isFinite(mtimeMs) ? mtimeMs : 0 };
}

function badArchive(message: string): ActionError {
  return new ActionError('bad_archive', message);
}
