import type { ObjectSink } from '@rollcall/norm';
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync, constants } from 'node:fs';
import { fileError, TransportError } from '../transport-error.ts';
import { MEMORY_OBJECT_SIZE_MAX_BYTES } from '../limits.ts';

/** Where a received object is put together. */
export interface ObjectStore extends ObjectSink {
  /** The content of a store in memory. */
  readonly bytes: Uint8Array | undefined;
  close(): void;
}

/** A file of its final size from the start, without holes filled: bytes go straight to their place. */
export function openFileStore(path: string, size: number): ObjectStore {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDWR + constants.O_CREAT, 0o600);
    if (fstatSync(fd).size !== size) ftruncateSync(fd, size);
    return new FileStore(fd, path);
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw fileError(`create ${path}`, error);
  }
}

export function openMemoryStore(size: number): ObjectStore {
  if (size > MEMORY_OBJECT_SIZE_MAX_BYTES) {
    throw new TransportError('no_space', `an object of ${size} bytes is too large for memory: receive it into a file`);
  }
  const bytes = new Uint8Array(size);
  return {
    bytes,
    write: (offset, source) => bytes.set(source, offset),
    read: (offset, target) => target.set(bytes.subarray(offset, offset + target.length)),
    close: () => undefined,
  };
}

class FileStore implements ObjectStore {
  readonly bytes = undefined;
  readonly #fd: number;
  readonly #path: string;

  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
  }

  write(offset: number, bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length;) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, offset + done);
      }
    } catch (error) {
      throw fileError(`write ${this.#path}`, error);
    }
  }

  read(offset: number, target: Uint8Array): void {
    try {
      for (let done = 0; done < target.length;) {
        const count = readSync(this.#fd, target, done, target.length - done, offset + done);
        if (count === 0) throw new Error('the file became shorter');
        done += count;
      }
    } catch (error) {
      throw fileError(`read ${this.#path}`, error);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
