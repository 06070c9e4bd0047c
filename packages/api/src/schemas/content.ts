/** Content: what a task carries, as one object cut into leaves. */
import { Type, type Static } from 'typebox';
import { CONTENT_ENCODINGS } from '../content/encoding.ts';
import { LEAF_BYTES_MAX, LEAF_BYTES_MIN, OBJECT_BYTES_MAX } from '../limits.ts';
import { oneOf, Sha256Hex } from './scalars.ts';

export const ContentDescription = Type.Object({
  /** SHA-256 of encoding, size, leaf size and root: the content's identity. */
  id: Sha256Hex,
  /** How the bytes travel. What is under one key has a description of its own. */
  encoding: oneOf(CONTENT_ENCODINGS),
  size: Type.Integer({ minimum: 0, maximum: OBJECT_BYTES_MAX }),
  leafSize: Type.Integer({ minimum: LEAF_BYTES_MIN, maximum: LEAF_BYTES_MAX }),
  leafCount: Type.Integer({ minimum: 0 }),
  /** Root of the hash tree over the leaves as they travel (RFC 9162 §2.1.1). */
  root: Sha256Hex,
  /** SHA-256 of the whole object as the operator gave it, checked at the end. */
  sha256: Sha256Hex,
});
export type ContentDescription = Static<typeof ContentDescription>;

/** `[first leaf, count]`, ascending and apart. */
export const LeafRanges = Type.Array(Type.Tuple([Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 1 })]), {
  maxItems: 4096,
});
