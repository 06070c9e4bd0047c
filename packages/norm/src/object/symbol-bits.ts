/** Bits of a set of encoding symbols of one block, in 32-bit words; a block has at most 255. */
const SYMBOL_WORDS_MAX = 8;

/** A set of encoding symbols of one block. */
export class SymbolBits {
  readonly words = new Uint32Array(SYMBOL_WORDS_MAX);

  has(symbol: number): boolean {
    return (this.words[symbol >> 5]! & (1 << (symbol & 31))) !== 0;
  }

  add(symbol: number): void {
    this.words[symbol >> 5]! |= 1 << (symbol & 31);
  }

  delete(symbol: number): void {
    this.words[symbol >> 5]! &= ~(1 << (symbol & 31));
  }

  /** Adds all from `first` to `last`, both included. */
  addRun(first: number, last: number): void {
    for (let symbol = first; symbol <= last; symbol += 1) this.add(symbol);
  }

  clear(): void {
    this.words.fill(0);
  }

  get count(): number {
    let count = 0;
    for (const word of this.words) count += bitCount(word);
    return count;
  }

  get isEmpty(): boolean {
    return this.words.every((word) => word === 0);
  }

  /** The smallest member from `from` on; -1: none. */
  next(from: number): number {
    let index = from >> 5;
    if (index >= SYMBOL_WORDS_MAX) return -1;
    let word = this.words[index]! & (-1 << (from & 31));
    while (word === 0) {
      index += 1;
      if (index >= SYMBOL_WORDS_MAX) return -1;
      word = this.words[index]!;
    }
    return index * 32 + 31 - Math.clz32(word & -word);
  }

  isSubsetOf(other: SymbolBits): boolean {
    return this.words.every((word, index) => (word & ~other.words[index]!) === 0);
  }
}

export function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
