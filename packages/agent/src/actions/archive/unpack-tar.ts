import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Extract, extract } from 'tar-stream';
import { ActionError } from '../action-error.ts';
import type { TreeWriter } from './tree-writer.ts';

type Entry = Extract extends AsyncIterable<infer E> ? E : never;

/** Hands the entries of a tar archive (ustar, pax, gnu) to a tree writer. Devices, fifos and the like are refused. */
export async function unpackTar(stages: readonly [Readable, ...Transform[]], writer: TreeWriter): Promise<void> {
  const archive = extract();
  const [source, ...transforms] = stages;
  const counted = async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      writer.noteStreamed(piece.length);
      yield piece;
    }
  };
  const feeding = pipeline([source, ...transforms, counted, archive]);
  // Its failure reaches the loop below through the archive; the promise only must not stay unheard.
  feeding.catch(() => undefined);
  try {
    for await (const entry of archive) {
      await addEntry(writer, entry);
      entry.resume();
    }
    await feeding;
  } finally {
    archive.destroy();
    source.destroy();
  }
}

async function addEntry(writer: TreeWriter, entry: Entry): Promise<void> {
  const { name, type, linkname, size } = entry.header;
  // tar-stream takes a size in a form that it does not know for null, and then waits for the content's end for ever.
  if (!Number.isSafeInteger(size)) {
    throw new ActionError('bad_archive', `${JSON.stringify(name)} in the archive has a size that is no number`);
  }
  const attributes = { mode: entry.header.mode ?? 0o644, mtimeMs: modificationTime(entry) };
  switch (type) {
    case 'directory':
      return writer.addDirectory(name, attributes);
    case 'file':
    case 'contiguous-file':
      return writer.addFile(name, attributes, entry as AsyncIterable<Uint8Array>);
    case 'symlink':
      return writer.addSymlink(name, linkname ?? '', attributes.mtimeMs);
    case 'link':
      return writer.addHardLink(name, linkname ?? '');
    default:
      throw new ActionError(
        'bad_archive',
        `${JSON.stringify(name)} in the archive is a ${type ?? 'thing of no known type'}`,
      );
  }
}

/** The header counts in seconds; pax has the fraction. */
function modificationTime(entry: Entry): number {
  const { mtime, pax } = entry.header as typeof entry.header & { pax?: Readonly<Record<string, string>> | null };
  const precise = Number(pax?.['mtime']);
  return pax?.['mtime'] !== undefined && Number.isFinite(precise)
    ? Math.round(precise * 1000)
    : (mtime?.getTime() ?? 0);
}
