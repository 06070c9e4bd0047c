/**
 * The datagrams of a probe (docs/PROTOCOL.md, Probes). They are no NORM: nothing that a session hears can be taken for one,
 * nor the other way round.
 *
 *      0      4  magic "RCPB"
 *      4      1  version, 1
 *      5      1  kind: 0 probe, 1 answer
 *      6      1  path: 0 multicast, 1 broadcast
 *      7      1  index of its size
 *      8      4  number of the device; 0: the server
 *     12      4  sequence: of the probe; of an answer that of the probe which it answers
 *     16     16  HMAC-SHA-256 of the whole datagram with zeros here, its first half (RFC 2104 §5)
 *     32      …  zeros, up to its size
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const PROBE_HEADER_BYTES = 32;

export interface ProbeDatagram {
  readonly kind: 'probe' | 'answer';
  readonly path: 'multicast' | 'broadcast';
  readonly sizeIndex: number;
  readonly number: number;
  readonly sequence: number;
}

export function encodeProbe(datagram: ProbeDatagram, sizeBytes: number, key: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.max(PROBE_HEADER_BYTES, sizeBytes));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint8(4, VERSION);
  view.setUint8(5, KINDS.indexOf(datagram.kind));
  view.setUint8(6, PATHS.indexOf(datagram.path));
  view.setUint8(7, datagram.sizeIndex);
  view.setUint32(8, datagram.number);
  view.setUint32(12, datagram.sequence);
  bytes.set(macOf(bytes, key), MAC_AT);
  return bytes;
}

/** What it says of itself, before anybody has checked that it is authentic; undefined: no datagram of a probe. */
export function readProbe(bytes: Uint8Array): ProbeDatagram | undefined {
  if (bytes.length < PROBE_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== MAGIC || view.getUint8(4) !== VERSION) return undefined;
  const kind = KINDS[view.getUint8(5)];
  const path = PATHS[view.getUint8(6)];
  if (kind === undefined || path === undefined) return undefined;
  return { kind, path, sizeIndex: view.getUint8(7), number: view.getUint32(8), sequence: view.getUint32(12) };
}

export function isProbeAuthentic(bytes: Uint8Array, key: Uint8Array): boolean {
  if (bytes.length < PROBE_HEADER_BYTES) return false;
  const shown = bytes.slice(MAC_AT, MAC_AT + MAC_BYTES);
  const blank = bytes.slice();
  blank.fill(0, MAC_AT, MAC_AT + MAC_BYTES);
  return timingSafeEqual(shown, macOf(blank, key));
}

/** The key of one device's answers: who has another one's cannot answer in its place. */
export function answerKeyOf(secret: Uint8Array, number: number): Uint8Array {
  return createHmac('sha256', secret).update(`rollcall-probe-answer-1 ${number}`).digest();
}

function macOf(bytes: Uint8Array, key: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(bytes).digest().subarray(0, MAC_BYTES);
}

const MAGIC = 0x52_43_50_42;
const VERSION = 1;
const KINDS = ['probe', 'answer'] as const;
const PATHS = ['multicast', 'broadcast'] as const;
const MAC_AT = 16;
const MAC_BYTES = 16;
