/**
 * A directory in which the entries of an archive are made. What each does is what the system call of that name does, and so
 * are its errors (`EEXIST`, `ENOENT`, `EISDIR` …). A name is that of one entry, never a path.
 */
export interface TreeDirectory {
  /** A subdirectory; a symlink in its place is an error. */
  child(name: string): Promise<TreeDirectory>;
  makeDirectory(name: string): Promise<void>;
  /** A new file, for its owner alone until it is finished. */
  createFile(name: string): Promise<TreeFile>;
  /** Whether there is a regular file, and not a symlink to one. */
  hasFile(name: string): Promise<boolean>;
  /** Gives a file of another directory a name in this one. */
  link(name: string, directory: TreeDirectory, existing: string): Promise<void>;
  symlink(name: string, target: string, mtimeMs: number): Promise<void>;
  unlink(name: string): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface TreeFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Its content is whole: sets what it is to have, and makes it durable. */
  finish(mode: number, mtimeMs: number): Promise<void>;
  close(): Promise<void>;
}
