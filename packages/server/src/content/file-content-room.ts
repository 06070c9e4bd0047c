/**
 * Content-addressed files on this machine's disk.
 *
 * Content becomes visible by a rename, after it was synced: whatever is under its identity is whole. Everything else is
 * swept away when it has been lying about for long enough that nobody can be working on it.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CONTENT_KEY_BYTES, type ContentDescription, type ContentEncoding } from '@rollcall/api';
import { FileStore } from '@tus/file-store';
import { ContentError, type ContentRange, type ContentRoom, type IngestedContent } from '../core/ports.ts';
import { READ_PIECE_BYTES, STRAY_FILE_AGE_MS, UPLOAD_KEPT_MS } from '../limits.ts';
import { contentFiles, contentIdOf, syncPath, unfinishedPath } from './content-layout.ts';
import type { CutContent } from './cut-content.ts';
import type { Ingested, IngestOrder } from './ingest-worker.ts';

export class FileContentRoom implements ContentRoom {
  readonly #contents: string;
  readonly #uploads: string;
  readonly #uploadStore: FileStore;

  private constructor(contents: string, uploads: string) {
    this.#contents = contents;
    this.#uploads = uploads;
    this.#uploadStore = new FileStore({ directory: uploads, expirationPeriodInMilliseconds: UPLOAD_KEPT_MS });
  }

  static async open(dataDirectory: string): Promise<FileContentRoom> {
    const contents = join(dataDirectory, 'contents');
    const uploads = join(dataDirectory, 'uploads');
    await mkdir(contents, { recursive: true, mode: 0o700 });
    await mkdir(uploads, { recursive: true, mode: 0o700 });
    return new FileContentRoom(contents, uploads);
  }

  /** Where tus keeps what is on its way. */
  get uploadStore(): FileStore {
    return this.#uploadStore;
  }

  /** Space that is left for uploads. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#uploads);
    return bavail * bsize;
  }

  async ingest(
    uploadId: string,
    encoding: ContentEncoding,
    storedOfSize: (size: number) => Promise<readonly ContentDescription[]>,
  ): Promise<IngestedContent> {
    const { path, size } = await this.#finishedUpload(uploadId);
    try {
      const ingested =
        encoding === 'identity'
          ? await this.#store(path)
          : await this.#encrypt(path, size, await this.#present(await storedOfSize(size)));
      await this.#forgetUpload(uploadId);
      return ingested;
    } catch (error) {
      const contentError = asContentError(error);
      // What cannot be stored must not keep the room that the database needs.
      if (contentError instanceof ContentError && contentError.code === 'no_space') await this.#forgetUpload(uploadId);
      throw contentError;
    }
  }

  /** An id that is not one is ignored. */
  async discardUpload(uploadId: string): Promise<void> {
    if (/^[A-Za-z0-9]+$/.test(uploadId)) await this.#forgetUpload(uploadId);
  }

  async *read(contentId: string, ranges: readonly ContentRange[]): AsyncGenerator<Uint8Array> {
    yield* readPieces(this.locate(contentId).content, ranges);
  }

  async *readLeafTable(contentId: string): AsyncGenerator<Uint8Array> {
    const { leafTable } = this.locate(contentId);
    const { size } = await stat(leafTable).catch((error: unknown) => {
      throw asContentError(error);
    });
    yield* readPieces(leafTable, [{ offset: 0, length: size }]);
  }

  locate(contentId: string): { readonly content: string; readonly leafTable: string } {
    const { content, leafTable } = contentFiles(this.#contents, contentId);
    return { content, leafTable };
  }

  async remove(contentId: string): Promise<void> {
    const { content, leafTable } = this.locate(contentId);
    await rm(content, { force: true });
    await rm(leafTable, { force: true });
  }

  async sweep(knownContentIds: ReadonlySet<string>, now: number): Promise<void> {
    for (const entry of await readdir(this.#contents, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const id = contentIdOf(entry.name);
      if (id !== undefined && knownContentIds.has(id)) continue;
      await removeOlder(join(entry.parentPath, entry.name), now - STRAY_FILE_AGE_MS);
    }
    for (const name of await readdir(this.#uploads)) await removeOlder(join(this.#uploads, name), now - UPLOAD_KEPT_MS);
  }

  async #store(path: string): Promise<IngestedContent> {
    const cut = await ingestInWorker({ path, encryption: undefined, storedDigests: [] });
    if ('storedDigest' in cut) throw new Error('nothing was to be compared');
    await this.#keep(cut, path);
    return { description: cut.description, key: undefined };
  }

  /** Beside the upload, which stays whole until the content is: a process that is killed meanwhile can begin anew. */
  async #encrypt(path: string, size: number, stored: readonly ContentDescription[]): Promise<IngestedContent> {
    if (size > (await this.freeBytes()))
      throw new ContentError('no_space', 'the disk has no room to encrypt the upload');
    const key = randomBytes(CONTENT_KEY_BYTES);
    const target = unfinishedPath(this.#contents);
    try {
      const storedDigests = stored.map(({ sha256 }) => sha256);
      const cut = await ingestInWorker({ path, encryption: { key, target }, storedDigests });
      if ('storedDigest' in cut) {
        return { description: stored.find(({ sha256 }) => sha256 === cut.storedDigest)!, key: undefined };
      }
      await this.#keep(cut, target);
      return { description: cut.description, key };
    } finally {
      await rm(target, { force: true });
    }
  }

  /** Puts what was made under its name. */
  async #keep({ description, leafTable }: CutContent, made: string): Promise<void> {
    const files = contentFiles(this.#contents, description.id);
    if (await isThere(files.content)) return;
    await mkdir(files.directory, { recursive: true, mode: 0o700 });
    const unfinished = unfinishedPath(this.#contents);
    await writeFile(unfinished, leafTable, { flush: true, mode: 0o600 });
    await rename(unfinished, files.leafTable);
    await syncPath(made);
    await rename(made, files.content);
    await syncPath(files.directory);
    await syncPath(this.#contents);
  }

  async #present(contents: readonly ContentDescription[]): Promise<readonly ContentDescription[]> {
    const areThere = await Promise.all(contents.map(({ id }) => isThere(this.locate(id).content)));
    return contents.filter((_, index) => areThere[index]);
  }

  /** A complete upload. An id is a file name here, and nothing else. */
  async #finishedUpload(uploadId: string): Promise<{ readonly path: string; readonly size: number }> {
    const path = join(this.#uploads, uploadId);
    if (basename(path) !== uploadId || uploadId.endsWith('.json') || !(await isThere(path))) {
      throw new ContentError('upload_unknown', `no upload has the id ${uploadId}`);
    }
    const upload = await this.#uploadStore.getUpload(uploadId).catch((cause: unknown) => {
      throw new ContentError('upload_unknown', `no upload has the id ${uploadId}`, { cause });
    });
    if (upload.size === undefined || upload.offset !== upload.size) {
      throw new ContentError(
        'upload_incomplete',
        `${upload.offset} of ${upload.size ?? 'an unknown number of'} bytes are here; send the rest, or begin again`,
      );
    }
    return { path, size: upload.size };
  }

  async #forgetUpload(uploadId: string): Promise<void> {
    await rm(join(this.#uploads, uploadId), { force: true });
    await rm(join(this.#uploads, `${uploadId}.json`), { force: true });
  }
}

function ingestInWorker(order: IngestOrder): Promise<Ingested> {
  return new Promise((resolve, reject) => {
    // Beside the source this is TypeScript, in a bundle JavaScript.
    const entry = import.meta.url.endsWith('.ts') ? './ingest-worker.ts' : './ingest-worker.js';
    const worker = new Worker(new URL(entry, import.meta.url), { workerData: order });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the ingesting thread ended without an answer')));
  });
}

async function* readPieces(path: string, ranges: readonly ContentRange[]): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw asContentError(error);
  });
  try {
    for (const { offset, length } of ranges) {
      let done = 0;
      while (done < length) {
        // A new buffer for each piece: the connection keeps it until it is sent.
        const piece = new Uint8Array(Math.min(READ_PIECE_BYTES, length - done));
        const { bytesRead } = await file.read(piece, 0, piece.length, offset + done);
        if (bytesRead === 0) throw new ContentError('missing', 'the content on disk is shorter than its description');
        done += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    }
  } finally {
    await file.close();
  }
}

async function removeOlder(path: string, time: number): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && found.mtimeMs < time) await rm(path, { force: true });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    // What cannot be looked at at the moment is not gone.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

function asContentError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new ContentError('missing', 'the content is not on disk', { cause: error });
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ContentError('no_space', "the server's disk is full", { cause: error });
  }
  return error;
}
