import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Pack, pack } from 'tar-stream';

/** One entry of a tree: what a device needs to make it again, and nothing of the machine that it comes from. */
export interface TreeEntry {
  /** Path inside the tree; `''` is the tree's own directory. */
  readonly path: string;
  readonly type: 'directory' | 'file' | 'symlink';
  readonly mode: number;
  readonly mtimeMs: number;
  /** Of a file, in bytes. */
  readonly size: number;
  /** Of a symlink. */
  readonly target?: string;
}

export type TreeProblem =
  'not_a_directory' | 'unsupported_entry' | 'link_leaves_tree' | 'bad_name' | 'source_changed' | 'unreadable';

/** The directory cannot become an archive; the message names the entry and says why. */
export class PackTreeError extends Error {
  override readonly name = 'PackTreeError';
  readonly code: TreeProblem;

  constructor(code: TreeProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * A directory as one tar archive (ustar, pax where that is too narrow). The same tree makes the same bytes: sorted by
 * the bytes of the names, owner 0 without a name, times and permissions as they are, nothing else.
 *
 * Everything is looked at before the first byte comes, so that a tree that cannot be packed is refused at once.
 */
export async function* packTree(directory: string): AsyncGenerator<Uint8Array, void, undefined> {
  const entries = await listTree(directory);
  const archive = pack();
  const adding = addEntries(archive, directory, entries);
  // Its failure ends the archive's stream too; the promise only must not stay unheard.
  adding.catch((error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))));
  try {
    for await (const bytes of archive as AsyncIterable<Uint8Array>) yield bytes;
    await adding;
  } finally {
    archive.destroy();
  }
}

/** What a tree consists of, in the archive's order; refuses what cannot be sent. */
export async function listTree(directory: string): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  await collect(directory, '', entries);
  const links = new Map<string, string>();
  for (const { path, target } of entries) if (target !== undefined) links.set(path, target);
  for (const [path, target] of links) {
    if (!leadsOut(links, path)) continue;
    throw new PackTreeError(
      'link_leaves_tree',
      `the symlink ${JSON.stringify(path)} leads out of the tree, to ${JSON.stringify(target)}; ` +
        'replace it by what it leads to, or by a relative link inside the tree',
    );
  }
  return entries;
}

async function collect(directory: string, path: string, entries: TreeEntry[]): Promise<void> {
  const place = join(directory, path);
  // The source itself may be a symlink to a directory.
  const stats = await (path === '' ? stat(place) : lstat(place)).catch((error: unknown) => {
    throw unreadable(path === '' ? directory : path, error);
  });
  const common = { path, mode: stats.mode & 0o777, mtimeMs: Math.floor(stats.mtimeMs) };
  if (stats.isDirectory()) {
    entries.push({ ...common, type: 'directory', size: 0 });
    for (const name of await readNames(place, path)) {
      await collect(directory, path === '' ? name : `${path}/${name}`, entries);
    }
  } else if (path === '') {
    throw new PackTreeError('not_a_directory', `${JSON.stringify(directory)} is not a directory`);
  } else if (stats.isFile()) {
    entries.push({ ...common, type: 'file', size: stats.size });
  } else if (stats.isSymbolicLink()) {
    entries.push({ ...common, type: 'symlink', size: 0, target: await readlink(place) });
  } else {
    const type = stats.isFIFO() ? 'a fifo' : stats.isSocket() ? 'a socket' : 'a device';
    throw new PackTreeError('unsupported_entry', `${JSON.stringify(path)} is ${type}, which cannot be sent`);
  }
}

/** Sorted by their bytes, which no locale changes. */
async function readNames(place: string, path: string): Promise<string[]> {
  const names = await readdir(place, { encoding: 'buffer' }).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  names.sort((a, b) => Buffer.compare(a, b));
  return names.map((bytes) => {
    const name = bytes.toString('utf8');
    if (Buffer.from(name).equals(bytes)) return name;
    const shown = JSON.stringify(join(path, name));
    throw new PackTreeError('bad_name', `the name of ${shown} is not UTF-8, which an archive cannot carry`);
  });
}

async function addEntries(archive: Pack, directory: string, entries: readonly TreeEntry[]): Promise<void> {
  for (const entry of entries) {
    const { path, type, mtimeMs, size, target } = entry;
    const header = {
      name: path === '' ? './' : path,
      type,
      // The writer takes 0 for "not given", and writes only the lower 12 bits.
      mode: entry.mode | 0o10000,
      uid: 0,
      gid: 0,
      uname: '',
      gname: '',
      size,
      // Only what the header can hold exactly, 1970 to 2038 in whole seconds, goes without pax.
      mtime: new Date(Math.min(Math.max(mtimeMs, 0), headerTimeMaxMs)),
      ...(target === undefined ? {} : { linkname: target }),
      ...(mtimeMs % 1000 === 0 && mtimeMs >= 0 && mtimeMs <= headerTimeMaxMs
        ? {}
        : { pax: { mtime: (mtimeMs / 1000).toFixed(3) } }),
    };
    if (type === 'file') await addContent(archive, header, join(directory, path), path);
    else archive.entry(header);
  }
  archive.finalize();
}

async function addContent(
  archive: Pack,
  header: Parameters<Pack['entry']>[0] & { readonly size: number },
  place: string,
  path: string,
): Promise<void> {
  const written = Promise.withResolvers<void>();
  // The archive's end is told here too, so that an abandoned archive does not leave this waiting for its reader.
  const sink = archive.entry(header, (error) => (error == null ? written.resolve() : written.reject(error)));
  written.promise.catch(() => undefined);
  // Told by the callback already, and an error event that nobody hears ends the process.
  sink.on('error', () => undefined);
  let sent = 0;
  const source = createReadStream(place);
  try {
    for await (const bytes of source as AsyncIterable<Uint8Array>) {
      sent += bytes.length;
      if (sent > header.size) throw changed(path);
      if (sink.write(bytes)) continue;
      const drained = new Promise<void>((resolve) => {
        sink.once('drain', resolve);
      });
      await Promise.race([drained, written.promise]);
    }
  } catch (error) {
    throw error instanceof PackTreeError ? error : unreadable(path, error);
  } finally {
    source.destroy();
  }
  if (sent !== header.size) throw changed(path);
  sink.end(null);
  await written.promise;
}

/**
 * Whether following a symlink leaves the tree, wherever it is put. Through another symlink `..` leads to the parent of
 * where that one points, so a target is followed as the kernel would follow it.
 */
function leadsOut(links: ReadonlyMap<string, string>, path: string): boolean {
  const place = path.split('/').slice(0, -1);
  const waiting = [path.split('/').at(-1) ?? ''];
  let followed = 0;
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (name === '..') {
      if (place.pop() === undefined) return true;
      continue;
    }
    const target = links.get([...place, name].join('/'));
    if (target === undefined) {
      place.push(name);
      continue;
    }
    if (target.startsWith('/')) return true;
    followed += 1;
    // The kernel says ELOOP: it leads nowhere.
    if (followed > linksFollowedMax) return false;
    waiting.unshift(...target.split('/').filter((part) => part !== '' && part !== '.'));
  }
  return false;
}

function changed(path: string): PackTreeError {
  return new PackTreeError('source_changed', `${JSON.stringify(path)} changed while it was read; try again`);
}

function unreadable(path: string, cause: unknown): PackTreeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PackTreeError('unreadable', `${JSON.stringify(path)} cannot be read: ${reason}`, { cause });
}

const linksFollowedMax = 40;

/** tar-stream takes the seconds as a signed 32-bit number. */
const headerTimeMaxMs = (2 ** 31 - 1) * 1000;
