import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { openPromise, type ZipFile } from 'yauzl';
import type { DirectoryHandle } from '../../storage/directory-handle.ts';
import { freeSpace } from '../../storage/free-space.ts';
import { ActionError } from '../action-error.ts';
import { DiskDirectory } from './disk-directory.ts';
import { type DirectoryAttributes, TreeWriter } from './tree-writer.ts';
import { unpackTar } from './unpack-tar.ts';
import { unpackZip } from './unpack-zip.ts';

export type ArchiveFormat = 'tar' | 'tar.gz' | 'tar.zst' | 'zip';

/** The bytes of an archive, wherever they are. */
export interface ArchiveSource {
  stream(): Readable;
  zip(): Promise<ZipFile>;
}

/**
 * Unpacks an archive into a new directory. Directories get their attributes later (the answer lists them), because
 * they may forbid to be moved or written into.
 */
export async function unpackArchive(
  archivePath: string,
  target: { readonly parent: DirectoryHandle; readonly name: string },
  formats: readonly ArchiveFormat[],
  signal: AbortSignal,
): Promise<DirectoryAttributes[]> {
  const { format, size } = await recognise(archivePath);
  if (format === undefined || !formats.includes(format)) {
    throw new ActionError('bad_archive', `the content is not an archive of a known form (${formats.join(', ')})`);
  }
  await mkdir(target.parent.path(target.name), { mode: 0o700 });
  await using directory = await target.parent.child(target.name);
  const sizeMax = await freeSpace(directory.path('.'));
  await using writer = new TreeWriter(new DiskDirectory(directory), { archiveSize: size, sizeMax, signal });
  const source = { stream: () => createReadStream(archivePath), zip: async () => openPromise(archivePath) };
  return await unpackSource(format, source, writer);
}

/** Unpacks from wherever the bytes are to wherever the writer puts them. Whatever is wrong with them is an `ActionError`. */
export async function unpackSource(
  format: ArchiveFormat,
  source: ArchiveSource,
  writer: TreeWriter,
): Promise<DirectoryAttributes[]> {
  try {
    if (format === 'zip') await unpackZip(await source.zip(), writer);
    else if (format === 'tar.gz') await unpackTar([source.stream(), createGunzip()], writer);
    else if (format === 'tar.zst') await unpackTar([source.stream(), createZstdDecompress()], writer);
    else await unpackTar([source.stream()], writer);
    return await writer.finish();
  } catch (error) {
    if (error instanceof ActionError || isSystemError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ActionError('bad_archive', `the archive cannot be read: ${reason}`, { cause: error });
  }
}

async function recognise(path: string): Promise<{ format: ArchiveFormat | undefined; size: number }> {
  const handle = await open(path, 'r');
  try {
    const head = Buffer.alloc(tarMagicOffset + 5);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    const { size } = await handle.stat();
    return { format: formatOf(head.subarray(0, bytesRead)), size };
  } finally {
    await handle.close();
  }
}

/** By its first bytes: a name may say anything. */
export function formatOf(head: Buffer): ArchiveFormat | undefined {
  if (head.length >= 2 && head.readUInt16BE(0) === 0x1f8b) return 'tar.gz';
  const first = head.length >= 4 ? head.readUInt32BE(0) : 0;
  if (first === 0x28b52ffd) return 'tar.zst';
  if (first === 0x504b0304 || first === 0x504b0506) return 'zip';
  return head.toString('latin1', tarMagicOffset, tarMagicOffset + 5) === 'ustar' ? 'tar' : undefined;
}

/** A full disk and the like says nothing about the archive. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

const tarMagicOffset = 257;
