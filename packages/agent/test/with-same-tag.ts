import { createCipheriv, randomBytes, randomInt } from 'node:crypto';

const BLOCK_BYTES = 16;

/**
 * What a member of the group can make of an encrypted leaf, since it has the key: other bytes with the same tag. Adds d to a
 * block and d · H to the next one: in GHASH (NIST SP 800-38D §6.4) both together are nothing.
 *
 * @param leaf as it travels: two blocks or more
 */
export function withSameTag(leaf: Uint8Array, key: Uint8Array): Buffer {
  const forged = Buffer.from(leaf);
  const at = BLOCK_BYTES * randomInt(Math.floor(forged.length / BLOCK_BYTES) - 1);
  const hashKey = numberOf(createCipheriv('aes-256-ecb', key, null).update(Buffer.alloc(BLOCK_BYTES)));
  const difference = numberOf(randomBytes(BLOCK_BYTES)) | 1n;
  addTo(forged, at, difference);
  addTo(forged, at + BLOCK_BYTES, product(difference, hashKey));
  return forged;
}

function numberOf(block: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(block).toString('hex')}`);
}

function addTo(bytes: Buffer, at: number, block: bigint): void {
  const added = Buffer.from(block.toString(16).padStart(2 * BLOCK_BYTES, '0'), 'hex');
  for (const [index, byte] of added.entries()) bytes[at + index]! ^= byte;
}

/** In GF(2^128), whose elements GCM writes lowest power first (§6.3). */
function product(left: bigint, right: bigint): bigint {
  let sum = 0n;
  let shifted = right;
  for (let bit = 127n; bit >= 0n; bit -= 1n) {
    if (((left >> bit) & 1n) === 1n) sum ^= shifted;
    shifted = (shifted >> 1n) ^ ((shifted & 1n) === 1n ? 0xe1n << 120n : 0n);
  }
  return sum;
}
