/** Where the bytes of an object that is sent come from. Synchronous: the shell reads a file in its worker thread. */
export interface ObjectSource {
  readonly size: number;
  /** Fills `target` with the bytes from `offset` on. Asks only for bytes below `size`. May throw: the object is then aborted. */
  read(offset: number, target: Uint8Array): void;
}

/** Where the bytes of an object that is received go to. */
export interface ObjectSink {
  /** `bytes` is valid only during the call. May throw (disk full): the object is then aborted. */
  write(offset: number, bytes: Uint8Array): void;
  /** Gives back what was written (or held from the start). Asked only for such bytes. */
  read(offset: number, target: Uint8Array): void;
}

/** NORM_FLAG_FILE or not: a hint for the receiver, nothing more. */
export type ObjectKind = 'file' | 'data';
