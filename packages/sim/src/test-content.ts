import type { ObjectSource, Random } from '@rollcall/norm';

/** A prime, so that no block of any size repeats the one before it. */
const PATTERN_SIZE = 65_521;

/** Bytes that look random, are cheap to make, and differ between any two places that are less than a pattern apart. */
export function randomContent(random: Random, size: number): Uint8Array {
  const pattern = new Uint8Array(Math.min(size, PATTERN_SIZE));
  for (let index = 0; index < pattern.length; index += 1) pattern[index] = random.uint32();
  const content = new Uint8Array(size);
  for (let offset = 0; offset < size; offset += PATTERN_SIZE) {
    content.set(pattern.subarray(0, Math.min(PATTERN_SIZE, size - offset)), offset);
    // The round number tells otherwise equal rounds apart.
    content[offset] = offset / PATTERN_SIZE;
  }
  return content;
}

export function sourceOf(content: Uint8Array): ObjectSource {
  return {
    size: content.length,
    read: (offset, target) => target.set(content.subarray(offset, offset + target.length)),
  };
}
