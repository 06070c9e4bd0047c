/**
 * EXT_AUTH: the message authentication code of the whole datagram; in every message of a session that has keys.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |    HET = 1    |    HEL = 5    |ASID=1 |        reserved       |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                                                               |
 *     |                     group MAC (16 bytes)                      |
 *     |                                                               |
 *     |                                                               |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * The group-keyed MAC scheme of RFC 6584; its registry leaves the meaning of an ASID to the session. Always the last
 * extension of its message, so that it is found, and judged, before anything else in the message is read.
 */
import { MAC_TAG_SIZE } from '../authentication/mac-kernel.ts';
import type { Arena } from './arena.ts';
import { COMMON_HEADER_SIZE, headerSize, writeHeaderSize } from './header.ts';

const EXT_AUTH = 1;
export const EXT_AUTH_SIZE = 4 + MAC_TAG_SIZE;
/** Of NH and SipHash-2-4-128 as docs/PROTOCOL.md describes it. */
const ASID = 1;
const FIRST_WORD = (EXT_AUTH << 24) | ((EXT_AUTH_SIZE >> 2) << 16) | (ASID << 12);
const RESERVED_MASK = 0xfff;

/** Makes room for the extension in the message from `offset` to `end`, with a MAC of zeros. Returns the new end. */
export function insertExtAuth(arena: Arena, offset: number, end: number): number {
  const { bytes, view } = arena;
  const at = offset + headerSize(view, offset);
  if (at < end) bytes.copyWithin(at + EXT_AUTH_SIZE, at, end);
  view.setUint32(at, FIRST_WORD);
  bytes.fill(0, at + 4, at + EXT_AUTH_SIZE);
  writeHeaderSize(view, offset, at + EXT_AUTH_SIZE);
  return end + EXT_AUTH_SIZE;
}

/** Where in the arena the MAC of this datagram lies; −1: it has none, or not in its place. */
export function findMac(view: DataView, offset: number, length: number): number {
  if (length < COMMON_HEADER_SIZE) return -1;
  const header = headerSize(view, offset);
  if (header < COMMON_HEADER_SIZE + EXT_AUTH_SIZE || header > length) return -1;
  const at = offset + header - EXT_AUTH_SIZE;
  return (view.getUint32(at) & ~RESERVED_MASK) === FIRST_WORD ? at + 4 : -1;
}
