import type { Random } from '@rollcall/norm';

/** What a decoder made of a case. */
export interface Outcome {
  readonly isAccepted: boolean;
  /** Told apart from others by this: a case with a new one is mutated further. */
  readonly what: string;
}

/** One decoder, and what must hold for whatever bytes it is given. */
export interface FuzzTarget {
  readonly name: string;
  /** Longest case. */
  readonly sizeMax: number;
  /** How long one case may take: far more than any does, far less than a quadratic decoder would. */
  readonly millisMax: number;
  /** Cases of a run in `npm test`. */
  readonly shortCount: number;
  /** Honest inputs, which are mutated. */
  readonly corpus: readonly Uint8Array[];
  /** Words of the format. */
  readonly dictionary?: readonly Uint8Array[];
  /** Makes a case from the structure of the format; half of the cases are such where it is there. */
  readonly generate?: (random: Random) => Uint8Array;
  /** Throws when something that must hold does not. The bytes are valid during the call only. */
  readonly check: (bytes: Uint8Array) => Outcome | Promise<Outcome>;
  readonly close?: () => void | Promise<void>;
}

/** Opens a target; what it needs (corpora, directories) is made then. */
export type OpenFuzzTarget = (seed: number) => FuzzTarget | Promise<FuzzTarget>;

export const REFUSED: Outcome = { isAccepted: false, what: 'refused' };
export const ACCEPTED: Outcome = { isAccepted: true, what: 'accepted' };
