/**
 * How content travels. `identity`: as it is. `aes-256-gcm`: each leaf encrypted by itself (AES-256-GCM, NIST SP 800-38D),
 * under a key that belongs to this one stored representation and to nothing else.
 *
 * The nonce is the leaf's index, so under one key no nonce comes twice; a leaf keeps its length, and its tag lies in the
 * leaf table. Pure: who has a cipher does the work.
 */
export const CONTENT_ENCODINGS = ['identity', 'aes-256-gcm'] as const;
export type ContentEncoding = (typeof CONTENT_ENCODINGS)[number];

export const HASH_BYTES = 32;
export const TAG_BYTES = 16;
export const CONTENT_KEY_BYTES = 32;

/** Bytes of one leaf's entry in the leaf table: its hash, and its tag when it is encrypted. */
export function leafEntryBytes(encoding: ContentEncoding): number {
  return encoding === 'identity' ? HASH_BYTES : HASH_BYTES + TAG_BYTES;
}

/**
 * What each tag also covers (the additional authenticated data, as ASCII): how the content is cut. So a leaf opens only
 * in the content that it was made for, and a shorter content made of its first leaves has no right tag at all.
 */
export function leafContextText(content: {
  readonly encoding: ContentEncoding;
  readonly size: number;
  readonly leafSize: number;
}): string {
  return `rollcall-leaf-1\n${content.encoding}\n${content.size}\n${content.leafSize}\n`;
}
