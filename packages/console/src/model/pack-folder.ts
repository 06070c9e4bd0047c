/**
 * A folder as one tar archive (POSIX.1 pax), as the command line sends one. The archive is made of the files themselves,
 * which the browser reads when they are sent: memory does not grow with the folder.
 */
export interface FolderEntry {
  /** Inside the folder, with `/` between its parts. */
  readonly path: string;
  /** Absent: a folder of its own, which may be empty. */
  readonly file?: File;
}

/** What a page can still look through while somebody waits; the command line has no such limit. */
export const FOLDER_ENTRIES_MAX = 20_000;

type Part = File | Uint8Array<ArrayBuffer>;

const BLOCK_BYTES = 512;
/** What the fields of a header can hold: a name in ASCII, and eleven octal digits. */
const NAME_BYTES_MAX = 100;
const OCTAL_MAX = 0o77777777777;

export interface PackedFolder {
  readonly file: File;
  /** Path, size and time of everything in it: what tells the archive from another one of the same name and size. */
  readonly index: Blob;
}

export function packFolder(name: string, entries: readonly FolderEntry[]): PackedFolder {
  const lastModified = entries.reduce((latest, { file }) => Math.max(latest, file?.lastModified ?? 0), 0);
  const parts: Part[] = headersOf('./', undefined, lastModified);
  for (const { path, file } of withFolders(entries)) {
    parts.push(...headersOf(file === undefined ? `${path}/` : path, file, lastModified));
    if (file !== undefined) parts.push(file, new Uint8Array(paddingOf(file.size)));
  }
  // Two empty blocks are the end.
  parts.push(new Uint8Array(2 * BLOCK_BYTES));
  const file = new File(parts, name, { type: 'application/x-tar', lastModified });
  return { file, index: new Blob(parts.filter((part) => part instanceof Uint8Array)) };
}

/** Every folder before what is in it, and all in one order, so that the same folder is the same archive. */
function withFolders(entries: readonly FolderEntry[]): FolderEntry[] {
  const byPath = new Map<string, FolderEntry>();
  for (const entry of entries) {
    for (let end = entry.path.indexOf('/'); end !== -1; end = entry.path.indexOf('/', end + 1)) {
      const path = entry.path.slice(0, end);
      if (!byPath.has(path)) byPath.set(path, { path });
    }
    byPath.set(entry.path, entry);
  }
  return [...byPath.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

function headersOf(path: string, file: File | undefined, folderTime: number): Part[] {
  const size = file?.size ?? 0;
  const isPlain = /^[\x20-\x7e]*$/.test(path) && path.length <= NAME_BYTES_MAX && size <= OCTAL_MAX;
  const pax = isPlain ? [] : paxOf([`path=${path}`, `size=${size}`]);
  const header = headerOf({
    name: isPlain ? path : 'long',
    type: file === undefined ? '5' : '0',
    // A browser is not told who may run a file.
    mode: file === undefined ? 0o755 : 0o644,
    size: Math.min(size, OCTAL_MAX),
    seconds: Math.floor((file?.lastModified ?? folderTime) / 1000),
  });
  return [...pax, header];
}

/** What a header has no room for: records of their own length, a blank, and the text. */
function paxOf(records: readonly string[]): Part[] {
  const bytes = new TextEncoder().encode(records.map(recordOf).join(''));
  const header = headerOf({ name: 'pax', type: 'x', mode: 0o644, size: bytes.length, seconds: 0 });
  return [header, bytes, new Uint8Array(paddingOf(bytes.length))];
}

function recordOf(text: string): string {
  const rest = new TextEncoder().encode(text).length + 2;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length += 1;
  return `${length} ${text}\n`;
}

interface Header {
  readonly name: string;
  readonly type: '0' | '5' | 'x';
  readonly mode: number;
  readonly size: number;
  readonly seconds: number;
}

function headerOf({ name, type, mode, size, seconds }: Header): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BLOCK_BYTES);
  const put = (text: string, at: number): void => bytes.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  put(name, 0);
  put(octal(mode, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size, 11), 124);
  put(octal(Math.max(0, Math.min(seconds, OCTAL_MAX)), 11), 136);
  // The checksum counts its own field as blanks.
  put('        ', 148);
  put(type, 156);
  put('ustar', 257);
  put('00', 263);
  put(
    `${octal(
      bytes.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0`,
    148,
  );
  return bytes;
}

function paddingOf(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}
