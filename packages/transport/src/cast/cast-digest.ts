import type { FileHandle } from 'node:fs/promises';
import { PrefixHasher } from './prefix-hasher.ts';

/**
 * The SHA-256 of a file that is on its way. The session's thread makes it while it has the time, which takes a tenth less
 * of the processor; where it has none, this thread makes it beside that, from the file.
 */
export class CastDigest {
  readonly #file: FileHandle;
  readonly #told = Promise.withResolvers<string | undefined>();
  #isTold = false;
  #hasher: PrefixHasher | undefined;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** In hexadecimal, from the session's thread; undefined: it makes none. What it tells first counts. */
  onTold(sha256: string | undefined): void {
    if (this.#isTold) return;
    this.#isTold = true;
    if (sha256 === undefined) this.#hasher = new PrefixHasher(this.#file);
    this.#told.resolve(sha256);
  }

  /** The first `prefixBytes` of the file are final. */
  advance(prefixBytes: number): void {
    this.#hasher?.advance(prefixBytes);
  }

  /** Of the whole file, in hexadecimal, once the session's thread has told. */
  async digest(size: number): Promise<string> {
    return (await this.#told.promise) ?? this.#hasher!.digest(size);
  }
}
