/**
 * NH of RFC 4418 §5.2.2, two of it at once: the second under the key that begins 16 bytes behind the first one's (§5.1). A
 * message is taken in chunks of 1,024 bytes, each under the same keys.
 *
 * A word of a chunk is added to a word of the key, modulo 2^32; the sums are multiplied in pairs, the first four of eight with
 * the other four, and the products added up, modulo 2^64. Words and results lie lowest byte first.
 */

const CHUNK: u32 = 1024;

/** Writes 16 bytes at `result` for each chunk of the message, and returns where they end. Reads up to 31 bytes more. */
export function nh(key: u32, message: u32, length: u32, result: u32): u32 {
  const end = message + length;
  for (let at = message; at < end; result += 16) {
    const chunkEnd = min<u32>(end, at + CHUNK);
    let first = i64x2.splat(0);
    let second = i64x2.splat(0);
    let k0 = v128.load(key);
    let k1 = v128.load(key, 16);
    for (let k = key; at < chunkEnd; at += 32) {
      k += 32;
      const m0 = v128.load(at);
      const m1 = v128.load(at, 16);
      const k2 = v128.load(k);
      const k3 = v128.load(k, 16);
      first = i64x2.add(first, products(i32x4.add(m0, k0), i32x4.add(m1, k1)));
      second = i64x2.add(second, products(i32x4.add(m0, k1), i32x4.add(m1, k2)));
      k0 = k2;
      k1 = k3;
    }
    store<u64>(result, i64x2.extract_lane(first, 0) + i64x2.extract_lane(first, 1));
    store<u64>(result, i64x2.extract_lane(second, 0) + i64x2.extract_lane(second, 1), 8);
  }
  return result;
}

/** The compiler puts it in its place. */
function products(left: v128, right: v128): v128 {
  return i64x2.add(i64x2.extmul_low_i32x4_u(left, right), i64x2.extmul_high_i32x4_u(left, right));
}
