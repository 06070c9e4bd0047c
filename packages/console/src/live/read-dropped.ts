/** What somebody dropped on the page or chose: a file as it is, a folder as one archive. */
import { FOLDER_ENTRIES_MAX, packFolder, type FolderEntry, type PackedFolder } from '../model/pack-folder.ts';

export type ContentSource = { readonly form: 'file'; readonly file: File } | ({ readonly form: 'tree' } & PackedFolder);

/** @throws Error with what to do, when it is not one file or one folder */
export async function readDropped({ items, files }: DataTransfer): Promise<ContentSource> {
  // To be asked for at once: when the event is over, there is nothing left of what was dropped.
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const [entry] = entries;
  const [plain] = files;
  if (entry === undefined && plain !== undefined && files.length === 1) return { file: plain, form: 'file' };
  if (entry === undefined) throw new Error('That is no file: drop a file or a folder.');
  if (entries.length > 1)
    throw new Error(`Those are ${entries.length}: drop one file, or one folder with all of them.`);
  if (isFile(entry)) return { file: await fileOf(entry), form: 'file' };
  const found: FolderEntry[] = [];
  await collect(entry as FileSystemDirectoryEntry, '', found);
  return { form: 'tree', ...packFolder(entry.name, found) };
}

/** Of an input that chooses a folder: files with the path of each, the folder's own name first. */
export function readChosen(files: readonly File[]): ContentSource {
  const [first] = files;
  if (first === undefined) throw new Error('The folder is empty: there is nothing to send.');
  if (files.length > FOLDER_ENTRIES_MAX) throw tooMany();
  const name = first.webkitRelativePath.split('/')[0]!;
  const entries = files.map((file) => ({ path: file.webkitRelativePath.slice(name.length + 1), file }));
  return { form: 'tree', ...packFolder(name, entries) };
}

async function collect(folder: FileSystemDirectoryEntry, path: string, found: FolderEntry[]): Promise<void> {
  const reader = folder.createReader();
  const read = (): Promise<FileSystemEntry[]> => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
  // It tells a hundred at a time, and none when that was all.
  for (let entries = await read(); entries.length > 0; entries = await read()) {
    for (const entry of entries) {
      if (found.length >= FOLDER_ENTRIES_MAX) throw tooMany();
      const place = path === '' ? entry.name : `${path}/${entry.name}`;
      if (isFile(entry)) {
        found.push({ path: place, file: await fileOf(entry) });
      } else {
        found.push({ path: place });
        await collect(entry as FileSystemDirectoryEntry, place, found);
      }
    }
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

function tooMany(): Error {
  return new Error(
    `The folder has more than ${FOLDER_ENTRIES_MAX} entries: send it with "rollcall task create copy", or as an archive.`,
  );
}
