import type { Random } from '@rollcall/norm';

/** Lengths, counts and signs go wrong at these. */
const INTERESTING: readonly number[] = [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 129, 192, 254, 255];

/**
 * Changes honest bytes a little or a lot: flipped bits, numbers at their edges, pieces left out, repeated, moved, cut
 * off, replaced by words of the format or by a piece of another input.
 */
export class ByteMutator {
  readonly #random: Random;
  readonly #dictionary: readonly Uint8Array[];
  readonly #scratch: Uint8Array;
  #length = 0;

  constructor(random: Random, sizeMax: number, dictionary: readonly Uint8Array[]) {
    this.#random = random;
    this.#dictionary = dictionary;
    this.#scratch = new Uint8Array(sizeMax);
  }

  /** Good until the next call. */
  mutate(corpus: readonly Uint8Array[]): Uint8Array {
    const random = this.#random;
    this.#take(corpus[random.below(corpus.length)] ?? new Uint8Array());
    // Now and then nothing is changed: what is honest must be accepted the same way each time.
    for (let changes = random.below(random.chance(0.2) ? 12 : 4); changes > 0; changes -= 1) this.#change(corpus);
    return this.#scratch.subarray(0, this.#length);
  }

  #take(bytes: Uint8Array): void {
    this.#length = Math.min(bytes.length, this.#scratch.length);
    this.#scratch.set(bytes.subarray(0, this.#length));
  }

  #change(corpus: readonly Uint8Array[]): void {
    const [random, bytes, length] = [this.#random, this.#scratch, this.#length];
    if (length === 0) return this.#insert(0, Uint8Array.of(random.uint32()));
    // Headers come first, and decide what follows.
    const at = random.below(random.chance(0.5) ? Math.min(length, 64) : length);
    switch (random.below(9)) {
      case 0:
        bytes[at] = bytes[at]! ^ (1 << random.below(8));
        return;
      case 1:
        bytes[at] = random.uint32();
        return;
      case 2:
        bytes[at] = INTERESTING[random.below(INTERESTING.length)]!;
        return;
      case 3: {
        const fill = random.chance(0.5) ? 0xff : 0;
        bytes.fill(fill, at, Math.min(length, at + 1 + random.below(8)));
        return;
      }
      case 4:
        this.#length = at;
        return;
      case 5:
        return this.#remove(at, 1 + random.below(Math.min(32, length - at)));
      case 6: {
        const piece = bytes.slice(at, at + 1 + random.below(Math.min(64, length - at)));
        return this.#insert(random.below(length + 1), piece);
      }
      case 7: {
        const word = this.#dictionary[random.below(this.#dictionary.length)];
        if (word === undefined) bytes[at] = (bytes[at]! + (random.chance(0.5) ? 1 : 255)) & 255;
        else this.#insert(at, word);
        return;
      }
      default: {
        const other = corpus[random.below(corpus.length)] ?? bytes;
        const from = random.below(other.length + 1);
        const piece = other.slice(from, from + 1 + random.below(128));
        bytes.set(piece.subarray(0, Math.max(0, bytes.length - at)), at);
        this.#length = Math.min(bytes.length, Math.max(length, at + piece.length));
      }
    }
  }

  #insert(at: number, piece: Uint8Array): void {
    const count = Math.min(piece.length, this.#scratch.length - this.#length);
    this.#scratch.copyWithin(at + count, at, this.#length);
    this.#scratch.set(piece.subarray(0, count), at);
    this.#length += count;
  }

  #remove(at: number, count: number): void {
    this.#scratch.copyWithin(at, at + count, this.#length);
    this.#length -= count;
  }
}
