import type { ObjectSource } from '@rollcall/norm';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileError, TransportError } from '../transport-error.ts';

/** Where the bytes of an object to send are: a file, or memory for a small one. */
export type ObjectContent = { readonly path: string } | { readonly bytes: Uint8Array };

export interface OpenedContent {
  readonly source: ObjectSource;
  close(): void;
}

export function openContent(content: ObjectContent): OpenedContent {
  if (!('path' in content)) {
    const { bytes } = content;
    return {
      source: {
        size: bytes.length,
        read: (offset, target) => target.set(bytes.subarray(offset, offset + target.length)),
      },
      close: () => undefined,
    };
  }
  const { path } = content;
  try {
    const fd = openSync(path, 'r');
    const { size } = fstatSync(fd);
    return {
      source: { size, read: (offset, target) => readFully(fd, path, offset, target) },
      close: () => closeSync(fd),
    };
  } catch (error) {
    throw fileError(`read ${path}`, error);
  }
}

function readFully(fd: number, path: string, offset: number, target: Uint8Array): void {
  for (let done = 0; done < target.length;) {
    const count = readSync(fd, target, done, target.length - done, offset + done);
    if (count === 0) throw new TransportError('file_failed', `${path} became shorter while it was sent`);
    done += count;
  }
}
