import type { FuzzTarget, Outcome } from '../fuzz-target.ts';

export interface TextTarget {
  readonly name: string;
  readonly examples: readonly string[];
  readonly words: readonly string[];
  readonly sizeMax?: number;
  readonly check: (text: string) => Outcome;
}

/** A parser of text that people or peers write. It answers in time that does not explode with the text. */
export function textTarget({ name, examples, words, sizeMax = 600, check }: TextTarget): FuzzTarget {
  const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
  return {
    name,
    sizeMax,
    millisMax: 20,
    shortCount: 40_000,
    corpus: examples.map(bytesOf),
    dictionary: words.map(bytesOf),
    // What is no UTF-8 becomes replacement characters, as it does at the edge.
    check: (bytes) => check(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')),
  };
}
