/**
 * Leaves: an object cut into pieces of one fixed size, chosen from the object's size and from nothing else, so that a
 * journal, a range or a cache stays valid whatever session, symbol size or path the bytes came by.
 */
import { LEAF_BYTES_MAX, LEAF_BYTES_MIN, LEAVES_AIMED_MAX } from '../limits.ts';

/** The smallest power of two from 64 KiB that needs at most 16,384 leaves, and never more than 4 MiB. */
export function leafSizeFor(objectSize: number): number {
  let leafSize = LEAF_BYTES_MIN;
  while (leafSize < LEAF_BYTES_MAX && leafSize * LEAVES_AIMED_MAX < objectSize) leafSize *= 2;
  return leafSize;
}

/** An empty object has no leaf. */
export function leafCountOf(objectSize: number, leafSize: number): number {
  return Math.ceil(objectSize / leafSize);
}

/** Bytes of one leaf; only the last one may be shorter. */
export function leafLength(objectSize: number, leafSize: number, leafIndex: number): number {
  return Math.min(leafSize, objectSize - leafIndex * leafSize);
}
