/**
 * Linear combinations of symbols over GF(2^8), 16 bytes at a time. galois-kernel.ts says what is computed and
 * galois-field.ts in what field; wasm-kernel.ts is the only caller and lays out the memory around the addresses below.
 *
 * How a vector is multiplied. A byte is its low and its high half added together, and multiplication distributes over
 * addition: c × b = c × (b & 15) + c × (b & 240). Each half has 16 values, so the products by one c are two tables of
 * 16 bytes, and one swizzle instruction looks up 16 bytes in such a table at once. The tables of all c lie from address
 * 0 on, 32 bytes for each; a coefficient is stored as the address of its tables, and that of 0 as a coefficient of 0.
 * The indexes are always below 16, where the relaxed swizzle is defined to be the same on every machine as the strict
 * one; it spares x86 the instruction that deals with larger indexes.
 *
 * The order of the work. Blocks come out of the outer caches, and the processor fetches ahead only what is read from
 * beginning to end. So two sources at a time are read from beginning to end, and added to all sums of a tile, which stay
 * in the innermost cache. For four sums the work on the sources (reading, halving) and on the sums (reading, writing)
 * is shared; all that is left for each product is two lookups and two additions.
 *
 * The sums are rounded up to whole steps: the sources are read a little past their ends, and what that gives is left
 * behind when a sum is copied to its target. So there is no code for odd lengths.
 */

/** The tables of the coefficients in use: for each of four sums those by the first and by the second source. */
const TABLES: u32 = 8192;
const SUMS: u32 = TABLES + 8 * 32;
const TILE: u32 = 8;
/** Bytes of a symbol that are combined before the next ones are begun. */
const CHUNK: u32 = 2048;
/** From one sum to the next. Not a power of two, so that the sums do not compete for the same lines of the cache. */
const SUM_STRIDE: u32 = CHUNK + 64;
/** Bytes of each source that a round multiplies. */
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
  for (let at: u32 = 0; at < length; at += CHUNK) {
    const chunkLength = min(CHUNK, length - at);
    for (let first: u32 = 0; first < targetCount; first += TILE) {
      const count = min(TILE, targetCount - first);
      sumUp(coefficients + first * rowSize, rowSize, count, sources, sourceCount, base + at, chunkLength);
      for (let i: u32 = 0; i < count; i++) {
        memory.copy(base + at + load<u32>(targets + (first + i) * 4), SUMS + i * SUM_STRIDE, chunkLength);
      }
    }
  }
}

/** Computes `count` sums, at most a tile, of the `length` bytes from `base` on of each source. */
function sumUp(row: u32, rowSize: u32, count: u32, sources: u32, sourceCount: u32, base: u32, length: u32): void {
  const sumsEnd = SUMS + count * SUM_STRIDE;
  memory.fill(SUMS, 0, sumsEnd - SUMS);
  for (let column: u32 = 0; column < sourceCount; column += 2) {
    const isPair = column + 1 < sourceCount;
    const a = base + load<u32>(sources + column * 4);
    const b = isPair ? base + load<u32>(sources + column * 4, 4) : a;
    let pair = row + column * 2;
    let sum = SUMS;
    while (sum < sumsEnd) {
      const sumCount = (sumsEnd - sum) / SUM_STRIDE;
      const atOnce: u32 = sumCount > 2 ? 4 : 1;
      for (let i: u32 = 0; i < atOnce; i++) {
        const isSum = i < sumCount;
        takeTables(TABLES + i * 64, isSum ? <u32>load<u16>(pair) : 0);
        takeTables(TABLES + i * 64 + 32, isSum && isPair ? <u32>load<u16>(pair, 2) : 0);
        pair += rowSize;
      }
      if (atOnce == 4) addToFour(sum, a, b, length);
      else addToOne(sum, a, b, length);
      sum += atOnce * SUM_STRIDE;
    }
  }
}

/** Copies the two tables of a coefficient to where the rounds below find them without looking for an address. */
function takeTables(target: u32, tables: u32): void {
  v128.store(target, v128.load(tables));
  v128.store(target, v128.load(tables, 16), 16);
}

/** Adds the products of `length` bytes at `a` and `b` to four sums. The fourth may be one that nobody reads. */
function addToFour(sums: u32, a: u32, b: u32, length: u32): void {
  const mask = i8x16.splat(15);
  const end = sums + length;
  for (; sums < end; sums += STEP, a += STEP, b += STEP) {
    let bytes = v128.load(a);
    const a0Low = v128.and(bytes, mask);
    const a0High = v128.and(i16x8.shr_u(bytes, 4), mask);
    bytes = v128.load(a, 16);
    const a1Low = v128.and(bytes, mask);
    const a1High = v128.and(i16x8.shr_u(bytes, 4), mask);
    bytes = v128.load(b);
    const b0Low = v128.and(bytes, mask);
    const b0High = v128.and(i16x8.shr_u(bytes, 4), mask);
    bytes = v128.load(b, 16);
    const b1Low = v128.and(bytes, mask);
    const b1High = v128.and(i16x8.shr_u(bytes, 4), mask);

    let low = v128.load(TABLES, 0);
    let high = v128.load(TABLES, 16);
    let sum0 = add(v128.load(sums, 0), lookUp(low, a0Low), lookUp(high, a0High));
    let sum1 = add(v128.load(sums, 16), lookUp(low, a1Low), lookUp(high, a1High));
    low = v128.load(TABLES, 32);
    high = v128.load(TABLES, 48);
    sum0 = add(sum0, lookUp(low, b0Low), lookUp(high, b0High));
    sum1 = add(sum1, lookUp(low, b1Low), lookUp(high, b1High));
    v128.store(sums, sum0, 0);
    v128.store(sums, sum1, 16);

    low = v128.load(TABLES, 64);
    high = v128.load(TABLES, 80);
    sum0 = add(v128.load(sums, SUM_STRIDE), lookUp(low, a0Low), lookUp(high, a0High));
    sum1 = add(v128.load(sums, SUM_STRIDE + 16), lookUp(low, a1Low), lookUp(high, a1High));
    low = v128.load(TABLES, 96);
    high = v128.load(TABLES, 112);
    sum0 = add(sum0, lookUp(low, b0Low), lookUp(high, b0High));
    sum1 = add(sum1, lookUp(low, b1Low), lookUp(high, b1High));
    v128.store(sums, sum0, SUM_STRIDE);
    v128.store(sums, sum1, SUM_STRIDE + 16);

    low = v128.load(TABLES, 128);
    high = v128.load(TABLES, 144);
    sum0 = add(v128.load(sums, SUM_STRIDE * 2), lookUp(low, a0Low), lookUp(high, a0High));
    sum1 = add(v128.load(sums, SUM_STRIDE * 2 + 16), lookUp(low, a1Low), lookUp(high, a1High));
    low = v128.load(TABLES, 160);
    high = v128.load(TABLES, 176);
    sum0 = add(sum0, lookUp(low, b0Low), lookUp(high, b0High));
    sum1 = add(sum1, lookUp(low, b1Low), lookUp(high, b1High));
    v128.store(sums, sum0, SUM_STRIDE * 2);
    v128.store(sums, sum1, SUM_STRIDE * 2 + 16);

    low = v128.load(TABLES, 192);
    high = v128.load(TABLES, 208);
    sum0 = add(v128.load(sums, SUM_STRIDE * 3), lookUp(low, a0Low), lookUp(high, a0High));
    sum1 = add(v128.load(sums, SUM_STRIDE * 3 + 16), lookUp(low, a1Low), lookUp(high, a1High));
    low = v128.load(TABLES, 224);
    high = v128.load(TABLES, 240);
    sum0 = add(sum0, lookUp(low, b0Low), lookUp(high, b0High));
    sum1 = add(sum1, lookUp(low, b1Low), lookUp(high, b1High));
    v128.store(sums, sum0, SUM_STRIDE * 3);
    v128.store(sums, sum1, SUM_STRIDE * 3 + 16);
  }
}

/** The same for one sum, whose four tables stay in registers. */
function addToOne(sums: u32, a: u32, b: u32, length: u32): void {
  const mask = i8x16.splat(15);
  const aLowTable = v128.load(TABLES);
  const aHighTable = v128.load(TABLES, 16);
  const bLowTable = v128.load(TABLES, 32);
  const bHighTable = v128.load(TABLES, 48);
  const end = sums + length;
  for (; sums < end; sums += STEP, a += STEP, b += STEP) {
    let bytes = v128.load(a);
    let sum = add(
      v128.load(sums),
      lookUp(aLowTable, v128.and(bytes, mask)),
      lookUp(aHighTable, v128.and(i16x8.shr_u(bytes, 4), mask)),
    );
    bytes = v128.load(b);
    sum = add(sum, lookUp(bLowTable, v128.and(bytes, mask)), lookUp(bHighTable, v128.and(i16x8.shr_u(bytes, 4), mask)));
    v128.store(sums, sum);
    bytes = v128.load(a, 16);
    sum = add(
      v128.load(sums, 16),
      lookUp(aLowTable, v128.and(bytes, mask)),
      lookUp(aHighTable, v128.and(i16x8.shr_u(bytes, 4), mask)),
    );
    bytes = v128.load(b, 16);
    sum = add(sum, lookUp(bLowTable, v128.and(bytes, mask)), lookUp(bHighTable, v128.and(i16x8.shr_u(bytes, 4), mask)));
    v128.store(sums, sum, 16);
  }
}

/** For each of 16 indexes below 16 the table's byte there. */
function lookUp(table: v128, indexes: v128): v128 {
  return i8x16.relaxed_swizzle(table, indexes);
}

function add(a: v128, b: v128, c: v128): v128 {
  return v128.xor(a, v128.xor(b, c));
}
