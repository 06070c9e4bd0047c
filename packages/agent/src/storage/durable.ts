import { type Stats, constants } from 'node:fs';
import { type FileHandle, copyFile, link, mkdir, open, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { anchorOf } from './anchor.ts';

/** Makes the entries of a directory survive a power cut: names, renames and removals are its content. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** mkdir -p whose every new level survives a power cut. */
export async function makeDirectory(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true, mode: 0o755 });
  if (firstMade === undefined) return;
  for (let made = path; made.length >= firstMade.length; made = dirname(made)) await syncDirectory(dirname(made));
}

/** Renames within or between directories of one file system, durable when it returns. */
export async function renameDurably(source: string, target: string): Promise<void> {
  await rename(source, target);
  await syncDirectory(dirname(target));
  if (dirname(source) !== dirname(target)) await syncDirectory(dirname(source));
}

/** Replaces a small file as a whole: a reader and a restart see the old or the new content, never a part. */
export async function writeFileDurably(path: string, content: string): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.new`);
  try {
    const handle = await open(beside, 'w', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameDurably(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** Removes a file if it is there, durably. */
export async function removeFileDurably(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  await syncDirectory(dirname(path));
}

/**
 * Another name for a durable file, whatever had the name before. False: the file system cannot, or the name is on another
 * one. The name becomes durable with its directory.
 */
export async function linkContent(source: string, target: string): Promise<boolean> {
  await rm(target, { force: true });
  return link(source, target).then(
    () => true,
    () => false,
  );
}

/**
 * A new file with the content of another, fsynced. Blocks are shared where the file system can; elsewhere they are
 * copied piecewise, so that `signal` ends it between two pieces. A partial file stays behind on an error. Answers what was
 * made: by its name it may be another one already, where others may write.
 */
export async function copyContent(source: string, target: string, signal?: AbortSignal): Promise<Stats> {
  await rm(target, { force: true });
  const output = await open(target, 'wx', 0o600);
  try {
    if (!(await cloneInto(source, output))) await copyPieces(source, output, signal);
    // Node gives a copy the mode of its source before it tries to clone.
    await output.chmod(0o600);
    await output.sync();
    return await output.stat();
  } finally {
    await output.close();
  }
}

/** Into the open file, and not to its name again. False: nothing was written. */
async function cloneInto(source: string, output: FileHandle): Promise<boolean> {
  const place = anchorOf(output);
  if (place === undefined) return false;
  return copyFile(source, place, constants.COPYFILE_FICLONE_FORCE).then(
    () => true,
    () => false,
  );
}

async function copyPieces(source: string, output: FileHandle, signal: AbortSignal | undefined): Promise<void> {
  const input = await open(source, 'r');
  try {
    const piece = new Uint8Array(copyPieceSizeBytes);
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await input.read(piece, 0, piece.length, null);
      if (bytesRead === 0) return;
      await writeAll(output, piece.subarray(0, bytesRead));
    }
  } finally {
    await input.close();
  }
}

/** A write may take less than it was given, on a nearly full disk above all. */
export async function writeAll(output: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await output.write(bytes, written, bytes.length - written, null);
    written += bytesWritten;
  }
}

/** The system's name of an error (`ENOENT`), if it is one of the system's. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Nothing is there under that name. What cannot be looked at for another reason is not gone. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '');
}

/** Large enough that the system calls do not matter, small enough that a cancel is felt at once. */
const copyPieceSizeBytes = 1024 * 1024;
