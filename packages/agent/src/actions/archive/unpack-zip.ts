import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Entry, ZipFile } from 'yauzl';
import { ActionError } from '../action-error.ts';
import { ARCHIVE_PATH_BYTES_MAX } from '../limits.ts';
import type { TreeWriter } from './tree-writer.ts';

/** Hands the entries of a zip archive to a tree writer. yauzl checks the sizes and the directory's consistency. */
export async function unpackZip(zip: ZipFile, writer: TreeWriter): Promise<void> {
  try {
    for await (const entry of zip.eachEntry()) await addEntry(zip, entry, writer);
  } finally {
    zip.close();
  }
}

async function addEntry(zip: ZipFile, entry: Entry, writer: TreeWriter): Promise<void> {
  const mtimeMs = entry.getLastModDate({ timezone: 'UTC' }).getTime();
  const unixMode = unixModeOf(entry);
  const permissions = unixMode & 0o777;
  if (entry.isEncrypted()) throw new ActionError('bad_archive', 'the zip archive is encrypted');
  const type = unixMode & fileTypeMask;
  if (entry.fileName.endsWith('/')) {
    await writer.addDirectory(entry.fileName, { mode: permissions === 0 ? 0o755 : permissions, mtimeMs });
  } else if (type === symlinkType) {
    if (entry.uncompressedSize > ARCHIVE_PATH_BYTES_MAX) {
      throw new ActionError('bad_archive', `the symlink ${JSON.stringify(entry.fileName)} has no usable target`);
    }
    const content = await openEntry(zip, entry);
    await writer.addSymlink(entry.fileName, await text(content), mtimeMs);
  } else if (type === regularType || type === 0) {
    const content = await openEntry(zip, entry);
    try {
      await writer.addFile(entry.fileName, { mode: permissions === 0 ? 0o644 : permissions, mtimeMs }, content);
    } finally {
      content.destroy();
    }
  } else {
    throw new ActionError('bad_archive', `${JSON.stringify(entry.fileName)} in the archive is a device or the like`);
  }
}

/**
 * The stream begins to inflate at once, and yauzl tells of damage by an event alone: without a listener it would end the
 * process, and whoever begins to read after it would wait for ever. A destroyed stream keeps its error for them.
 */
async function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  const content = await zip.openReadStreamPromise(entry);
  content.on('error', (error) => content.destroy(error));
  return content;
}

/** The upper half of the attributes, where the archive was made on a Unix (3) or a Mac (19); elsewhere it means nothing. */
function unixModeOf(entry: Entry): number {
  return [3, 19].includes(entry.versionMadeBy >>> 8) ? entry.externalFileAttributes >>> 16 : 0;
}

const fileTypeMask = 0o170000;
const regularType = 0o100000;
const symlinkType = 0o120000;
