/**
 * EXT_RECEPTION: how much of a sender's traffic had arrived when its last probe did; beside EXT_CC, in NACK and ACK.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |   HET = 66    |    HEL = 4    |           reserved            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                      datagrams received                       |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                        bytes received                         |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                receiver's clock, microseconds                 |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Not of RFC 5740, whose §4.1 has those who do not know it step over it. All three are totals modulo 2^32: only the
 * differences between two answers mean anything, and then tell the rate of delivery and the loss between two probes.
 */
import type { DecodeFailure } from './decoded.ts';

export const EXT_RECEPTION = 66;
const EXT_RECEPTION_SIZE = 16;

export interface Reception {
  readonly datagramCount: number;
  /** UDP payload. */
  readonly byteCount: number;
  readonly clockMicros: number;
}

export type MutableReception = { -readonly [Field in keyof Reception]: Reception[Field] };

export function readExtReception(
  view: DataView,
  offset: number,
  size: number,
  into: MutableReception,
): DecodeFailure | undefined {
  if (size !== EXT_RECEPTION_SIZE) return 'extensionSize';
  into.datagramCount = view.getUint32(offset + 4);
  into.byteCount = view.getUint32(offset + 8);
  into.clockMicros = view.getUint32(offset + 12);
  return undefined;
}

/** Writes the extension and returns its end. */
export function writeExtReception(view: DataView, offset: number, reception: Reception): number {
  view.setUint8(offset, EXT_RECEPTION);
  view.setUint8(offset + 1, EXT_RECEPTION_SIZE >> 2);
  view.setUint16(offset + 2, 0);
  view.setUint32(offset + 4, reception.datagramCount);
  view.setUint32(offset + 8, reception.byteCount);
  view.setUint32(offset + 12, reception.clockMicros);
  return offset + EXT_RECEPTION_SIZE;
}
