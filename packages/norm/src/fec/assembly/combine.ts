/**
 * Linear combinations of symbols over GF(2^8), 16 bytes at a time. galois-kernel.ts says what is computed and
 * galois-field.ts in what field; wasm-kernel.ts lays out the memory and is the only caller.
 *
 * How a vector is multiplied. A byte is its low and its high half added together, and multiplication distributes over
 * addition: c × b = c × (b & 15) + c × (b & 240). Each half has 16 values, so the products by one c are two tables of 16
 * bytes, and one swizzle instruction looks up 16 bytes in such a table at once. The tables of all c lie from address 0
 * on, 32 bytes for each; a coefficient is stored as the address of its tables.
 *
 * The indexes are always below 16, where the relaxed swizzle is defined to be the same on every machine as the
 * strict one; it spares x86 the instruction that deals with larger indexes.
 *
 * Why so fused. A call computes all targets from all sources. Sums stay in registers until they are complete, so a
 * target is written once and never read, and each source vector is read and halved once for four targets.
 */

const TARGETS_AT_ONCE: u32 = 4;
/** Bytes of each target that a round computes. */
const STEP: u32 = 32;

/**
 * @param coefficients address of row 0: 16 bits per column
 * @param rowSize bytes from one row to the next
 * @param targets address of the targets' addresses, 32 bits each
 * @param sources address of the sources' addresses, 32 bits each
 * @param base address from which the targets' and sources' addresses count
 * @param length bytes of a symbol
 */
export function combine(
  coefficients: u32,
  rowSize: u32,
  targets: u32,
  targetCount: u32,
  sources: u32,
  sourceCount: u32,
  base: u32,
  length: u32,
): void {
  let done: u32 = 0;
  if (length >= STEP) {
    for (; done + TARGETS_AT_ONCE <= targetCount; done += TARGETS_AT_ONCE) {
      combineFour(coefficients + done * rowSize, rowSize, targets + done * 4, sources, sourceCount, base, length);
    }
  }
  for (; done < targetCount; done++) {
    combineOne(coefficients + done * rowSize, load<u32>(targets + done * 4), sources, sourceCount, base, length);
  }
}

/** The last round begins where it ends with the symbol, and computes some bytes a second time. */
function combineFour(
  row0: u32,
  rowSize: u32,
  targets: u32,
  sources: u32,
  sourceCount: u32,
  base: u32,
  length: u32,
): void {
  const mask = i8x16.splat(15);
  const target0 = load<u32>(targets);
  const target1 = load<u32>(targets, 4);
  const target2 = load<u32>(targets, 8);
  const target3 = load<u32>(targets, 12);
  const row1 = row0 + rowSize;
  const row2 = row1 + rowSize;
  const row3 = row2 + rowSize;
  const lastAt = base + length - STEP;
  let at = base;
  while (true) {
    let sum0 = i8x16.splat(0);
    let sum1 = i8x16.splat(0);
    let sum2 = i8x16.splat(0);
    let sum3 = i8x16.splat(0);
    let next0 = i8x16.splat(0);
    let next1 = i8x16.splat(0);
    let next2 = i8x16.splat(0);
    let next3 = i8x16.splat(0);
    for (let column: u32 = 0; column < sourceCount; column++) {
      const source = load<u32>(sources + column * 4) + at;
      const bytes = v128.load(source);
      const low = v128.and(bytes, mask);
      const high = v128.and(i16x8.shr_u(bytes, 4), mask);
      const nextBytes = v128.load(source, 16);
      const nextLow = v128.and(nextBytes, mask);
      const nextHigh = v128.and(i16x8.shr_u(nextBytes, 4), mask);

      let tables = <u32>load<u16>(row0 + column * 2);
      let lowTable = v128.load(tables);
      let highTable = v128.load(tables, 16);
      sum0 = add(sum0, i8x16.relaxed_swizzle(lowTable, low), i8x16.relaxed_swizzle(highTable, high));
      next0 = add(next0, i8x16.relaxed_swizzle(lowTable, nextLow), i8x16.relaxed_swizzle(highTable, nextHigh));

      tables = <u32>load<u16>(row1 + column * 2);
      lowTable = v128.load(tables);
      highTable = v128.load(tables, 16);
      sum1 = add(sum1, i8x16.relaxed_swizzle(lowTable, low), i8x16.relaxed_swizzle(highTable, high));
      next1 = add(next1, i8x16.relaxed_swizzle(lowTable, nextLow), i8x16.relaxed_swizzle(highTable, nextHigh));

      tables = <u32>load<u16>(row2 + column * 2);
      lowTable = v128.load(tables);
      highTable = v128.load(tables, 16);
      sum2 = add(sum2, i8x16.relaxed_swizzle(lowTable, low), i8x16.relaxed_swizzle(highTable, high));
      next2 = add(next2, i8x16.relaxed_swizzle(lowTable, nextLow), i8x16.relaxed_swizzle(highTable, nextHigh));

      tables = <u32>load<u16>(row3 + column * 2);
      lowTable = v128.load(tables);
      highTable = v128.load(tables, 16);
      sum3 = add(sum3, i8x16.relaxed_swizzle(lowTable, low), i8x16.relaxed_swizzle(highTable, high));
      next3 = add(next3, i8x16.relaxed_swizzle(lowTable, nextLow), i8x16.relaxed_swizzle(highTable, nextHigh));
    }
    v128.store(target0 + at, sum0);
    v128.store(target0 + at, next0, 16);
    v128.store(target1 + at, sum1);
    v128.store(target1 + at, next1, 16);
    v128.store(target2 + at, sum2);
    v128.store(target2 + at, next2, 16);
    v128.store(target3 + at, sum3);
    v128.store(target3 + at, next3, 16);
    if (at == lastAt) break;
    at = min(at + STEP, lastAt);
  }
}

function combineOne(row: u32, target: u32, sources: u32, sourceCount: u32, base: u32, length: u32): void {
  if (length < STEP) return combineBytes(row, target, sources, sourceCount, base, length);
  const mask = i8x16.splat(15);
  const lastAt = base + length - STEP;
  let at = base;
  while (true) {
    let sum = i8x16.splat(0);
    let next = i8x16.splat(0);
    for (let column: u32 = 0; column < sourceCount; column++) {
      const source = load<u32>(sources + column * 4) + at;
      const tables = <u32>load<u16>(row + column * 2);
      const lowTable = v128.load(tables);
      const highTable = v128.load(tables, 16);
      const bytes = v128.load(source);
      const low = v128.and(bytes, mask);
      const high = v128.and(i16x8.shr_u(bytes, 4), mask);
      const nextBytes = v128.load(source, 16);
      const nextLow = v128.and(nextBytes, mask);
      const nextHigh = v128.and(i16x8.shr_u(nextBytes, 4), mask);
      sum = add(sum, i8x16.relaxed_swizzle(lowTable, low), i8x16.relaxed_swizzle(highTable, high));
      next = add(next, i8x16.relaxed_swizzle(lowTable, nextLow), i8x16.relaxed_swizzle(highTable, nextHigh));
    }
    v128.store(target + at, sum);
    v128.store(target + at, next, 16);
    if (at == lastAt) break;
    at = min(at + STEP, lastAt);
  }
}

/** For symbols shorter than a step. */
function combineBytes(row: u32, target: u32, sources: u32, sourceCount: u32, base: u32, length: u32): void {
  const end = base + length;
  for (let at = base; at < end; at++) {
    let sum: u32 = 0;
    for (let column: u32 = 0; column < sourceCount; column++) {
      const tables = <u32>load<u16>(row + column * 2);
      const byte = <u32>load<u8>(load<u32>(sources + column * 4) + at);
      sum ^= load<u8>(tables + (byte & 15)) ^ load<u8>(tables + (byte >> 4), 16);
    }
    store<u8>(target + at, sum);
  }
}

function add(a: v128, b: v128, c: v128): v128 {
  return v128.xor(a, v128.xor(b, c));
}
