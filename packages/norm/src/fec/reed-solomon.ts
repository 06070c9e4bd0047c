/**
 * The coefficients of the Reed-Solomon erasure code: which multiples of which symbols add up to a repair symbol, and
 * to a lost source symbol.
 *
 * The idea. Take byte number b of each of the k source symbols of a block. There is exactly one polynomial of a degree
 * below k that takes these k values at k given points. The repair symbols' bytes number b are its values at further
 * points. Whoever knows its values at any k of the points, no matter which, knows the polynomial, and with it all the
 * others: so any k symbols of a block restore the block. Every byte position is a polynomial of its own, but the
 * points are the same for all, so one coefficient serves a whole symbol.
 *
 * Symbol i belongs to point 0 for i = 0 and to point α^(i − 1) otherwise. That is libnorm's choice, after Rizzo; RFC
 * 5510 §8.2.1 starts at α^0 without the zero point, which is another code. Both write the code as a Vandermonde matrix
 * (row i: the powers of point i) multiplied by the inverse of its top k × k, which gives the same coefficients as
 * Lagrange's formula here: through values f(s) at the points s of a set S of k points, the value at another point x is
 *
 *                   A(x)
 *   f(x) = Σ  ───────────────── f(s)     with A(x) = Π (x − t) over t in S, and A'(s) = Π (s − t) over t in S, t ≠ s.
 *          s   (x − s) · A'(s)
 *
 * To encode, S is the source points and x a repair point. To decode, S is the points of the symbols that are there,
 * and x the point of a lost one: no matrix is inverted. In logarithms the products are sums, and those over S come out
 * of the sums over all source points (made once per code) by correcting for the few lost and repair points, so a decode of
 * m losses costs about k × m steps before the first byte is touched.
 *
 * A block with fewer than k source symbols is the code for k, shortened: the absent symbols are zeros that both sides
 * know. They stay in S, but zero times a coefficient is zero, so nothing is ever computed for them.
 */
import { EXPONENTIAL, GROUP_ORDER, LOGARITHM } from './galois-field.ts';

export type SetCoefficient = (row: number, column: number, value: number) => void;

export class ReedSolomonCode {
  readonly #blockLength: number;
  readonly #points: Uint8Array;
  /** Per symbol: the logarithm of the product of its point's differences to all (other) source points. */
  readonly #sourceProducts: Int32Array;
  /** Per column, while a decode is being prepared: the same over the points of S instead. */
  readonly #knownProducts: Int32Array;

  /** At most 255 symbols together: GF(2^8) has no more points, since libnorm uses zero and the powers α^0 to α^253. */
  constructor(blockLength: number, repairSymbolCount: number) {
    const symbolCount = blockLength + repairSymbolCount;
    this.#blockLength = blockLength;
    this.#points = new Uint8Array(symbolCount);
    for (let symbol = 1; symbol < symbolCount; symbol++) this.#points[symbol] = EXPONENTIAL[symbol - 1]!;
    this.#sourceProducts = new Int32Array(symbolCount);
    this.#knownProducts = new Int32Array(symbolCount);
    const points = this.#points;
    for (let symbol = 0; symbol < symbolCount; symbol++) {
      const point = points[symbol]!;
      let sum = 0;
      for (let source = 0; source < blockLength; source++) sum += LOGARITHM[point ^ points[source]!]!;
      this.#sourceProducts[symbol] = sum % GROUP_ORDER;
    }
  }

  /** Sets columns 0 to k − 1 of `row` to what repair symbol `repairIndex` takes of each source symbol. */
  repairCoefficients(repairIndex: number, row: number, set: SetCoefficient): void {
    const points = this.#points;
    const products = this.#sourceProducts;
    const repair = this.#blockLength + repairIndex;
    const point = points[repair]!;
    const dividend = products[repair]! + 2 * GROUP_ORDER;
    for (let source = 0; source < this.#blockLength; source++) {
      const divisor = LOGARITHM[point ^ points[source]!]! + products[source]!;
      set(row, source, EXPONENTIAL[dividend - divisor]!);
    }
  }

  /**
   * Sets row firstRow + i to what the lost source symbol `lost[i]` takes of each known symbol: column c belongs to
   * `known[c]`. Here `known` has, by their number in the full code (a repair symbol is k + its index), first the
   * `knownSourceCount` source symbols that are there and then exactly as many repair symbols as are lost.
   */
  restoreCoefficients(
    lost: Uint8Array,
    lostCount: number,
    known: Uint8Array,
    knownSourceCount: number,
    firstRow: number,
    set: SetCoefficient,
  ): void {
    const points = this.#points;
    const knownCount = knownSourceCount + lostCount;
    for (let column = 0; column < knownCount; column++) {
      this.#knownProducts[column] = this.#productOverKnown(known[column]!, lost, lostCount, known, knownSourceCount);
    }
    for (let i = 0; i < lostCount; i++) {
      const point = points[lost[i]!]!;
      const dividend = this.#productOverKnown(lost[i]!, lost, lostCount, known, knownSourceCount) + 2 * GROUP_ORDER;
      for (let column = 0; column < knownCount; column++) {
        const divisor = LOGARITHM[point ^ points[known[column]!]!]! + this.#knownProducts[column]!;
        set(firstRow + i, column, EXPONENTIAL[dividend - divisor]!);
      }
    }
  }

  /** The logarithm of the product over S: that over all source points, less the lost points, and the repair points. */
  #productOverKnown(
    symbol: number,
    lost: Uint8Array,
    lostCount: number,
    known: Uint8Array,
    knownSourceCount: number,
  ): number {
    const points = this.#points;
    const point = points[symbol]!;
    // LOGARITHM has 0 for the symbol's own difference, which so counts as the factor 1 that it is to be left out as.
    let sum = this.#sourceProducts[symbol]! + lostCount * GROUP_ORDER;
    for (let i = 0; i < lostCount; i++) {
      sum += LOGARITHM[point ^ points[known[knownSourceCount + i]!]!]! - LOGARITHM[point ^ points[lost[i]!]!]!;
    }
    return sum % GROUP_ORDER;
  }
}
