/**
 * SipHash-2-4 with 128 bits of result.
 *
 * The message is read in words of eight bytes, lowest byte first; the last word holds what is left, and the message's
 * length modulo 256 in its highest byte. Each word takes two rounds over four words of state, which stay in registers.
 */

/** Writes the 16 bytes of result for `length` bytes at `message` under the 16 bytes at `key`. Reads up to 7 bytes more. */
export function sipHash(key: u32, message: u32, length: u32, result: u32): void {
  const k0 = load<u64>(key);
  const k1 = load<u64>(key, 8);
  let v0 = k0 ^ 0x736f6d6570736575;
  let v1 = k1 ^ 0x646f72616e646f6d ^ 0xee;
  let v2 = k0 ^ 0x6c7967656e657261;
  let v3 = k1 ^ 0x7465646279746573;

  const wordsEnd = message + (length & ~7);
  const left = length & 7;
  const last = (load<u64>(wordsEnd) & (((<u64>1) << (left * 8)) - 1)) | ((<u64>length) << 56);
  // The compiler unrolls no loop, and this one is all the work: its two rounds are written out.
  for (let at = message; at < wordsEnd; at += 8) {
    const word = load<u64>(at);
    v3 ^= word;
    v0 += v1;
    v1 = rotl<u64>(v1, 13);
    v1 ^= v0;
    v0 = rotl<u64>(v0, 32);
    v2 += v3;
    v3 = rotl<u64>(v3, 16);
    v3 ^= v2;
    v0 += v3;
    v3 = rotl<u64>(v3, 21);
    v3 ^= v0;
    v2 += v1;
    v1 = rotl<u64>(v1, 17);
    v1 ^= v2;
    v2 = rotl<u64>(v2, 32);
    v0 += v1;
    v1 = rotl<u64>(v1, 13);
    v1 ^= v0;
    v0 = rotl<u64>(v0, 32);
    v2 += v3;
    v3 = rotl<u64>(v3, 16);
    v3 ^= v2;
    v0 += v3;
    v3 = rotl<u64>(v3, 21);
    v3 ^= v0;
    v2 += v1;
    v1 = rotl<u64>(v1, 17);
    v1 ^= v2;
    v2 = rotl<u64>(v2, 32);
    v0 ^= word;
  }
  v3 ^= last;
  v0 += v1;
  v1 = rotl<u64>(v1, 13);
  v1 ^= v0;
  v0 = rotl<u64>(v0, 32);
  v2 += v3;
  v3 = rotl<u64>(v3, 16);
  v3 ^= v2;
  v0 += v3;
  v3 = rotl<u64>(v3, 21);
  v3 ^= v0;
  v2 += v1;
  v1 = rotl<u64>(v1, 17);
  v1 ^= v2;
  v2 = rotl<u64>(v2, 32);
  v0 += v1;
  v1 = rotl<u64>(v1, 13);
  v1 ^= v0;
  v0 = rotl<u64>(v0, 32);
  v2 += v3;
  v3 = rotl<u64>(v3, 16);
  v3 ^= v2;
  v0 += v3;
  v3 = rotl<u64>(v3, 21);
  v3 ^= v0;
  v2 += v1;
  v1 = rotl<u64>(v1, 17);
  v1 ^= v2;
  v2 = rotl<u64>(v2, 32);
  v0 ^= last;

  v2 ^= 0xee;
  for (let half: u32 = 0; half < 16; half += 8) {
    for (let round = 0; round < 4; round++) {
      v0 += v1;
      v1 = rotl<u64>(v1, 13);
      v1 ^= v0;
      v0 = rotl<u64>(v0, 32);
      v2 += v3;
      v3 = rotl<u64>(v3, 16);
      v3 ^= v2;
      v0 += v3;
      v3 = rotl<u64>(v3, 21);
      v3 ^= v0;
      v2 += v1;
      v1 = rotl<u64>(v1, 17);
      v1 ^= v2;
      v2 = rotl<u64>(v2, 32);
    }
    store<u64>(result + half, v0 ^ v1 ^ v2 ^ v3);
    v1 ^= 0xdd;
  }
}
