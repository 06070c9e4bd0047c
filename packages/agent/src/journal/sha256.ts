import { createHash, hash } from 'node:crypto';
import type { Sha256 } from '@rollcall/api';

/** The nodes of a tree are of 65 bytes: put together and hashed by one call, they cost a quarter of a stream of parts. */
const SMALL_BYTES = 256;
const small = Buffer.alloc(SMALL_BYTES);

export const sha256: Sha256 = (...parts) => {
  let length = 0;
  for (const part of parts) length += part.length;
  if (length <= SMALL_BYTES) return hashSmall(parts, length);
  const whole = createHash('sha256');
  for (const part of parts) whole.update(part);
  return whole.digest();
};

function hashSmall(parts: readonly Uint8Array[], length: number): Uint8Array {
  let at = 0;
  for (const part of parts) {
    small.set(part, at);
    at += part.length;
  }
  return hash('sha256', small.subarray(0, length), 'buffer');
}
