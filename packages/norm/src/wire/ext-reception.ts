/**
 * EXT_RECEPTION: how much of a sender's traffic had arrived when its last probe did; beside EXT_CC, in NACK and ACK.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |   HET = 66    |    HEL = 4    |            waited             |
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
 * Waited: for how long the probe lay in the receiver's socket before it was read, in units of 16 microseconds; 65,535 is
 * so long or longer. That is the receiver's own delay, not the network's.
 */
import type { DecodeFailure } from './decoded.ts';

export const EXT_RECEPTION = 66;
const EXT_RECEPTION_SIZE = 16;
const WAITED_UNIT_MICROS = 16;
const WAITED_MAX_MICROS = 0xffff * WAITED_UNIT_MICROS;

export interface Reception {
  readonly datagramCount: number;
  /** UDP payload. */
  readonly byteCount: number;
  readonly clockMicros: number;
  readonly waitedMicros: number;
}

export type MutableReception = { -readonly [Field in keyof Reception]: Reception[Field] };

export function readExtReception(
  view: DataView,
  offset: number,
  size: number,
  into: MutableReception,
): DecodeFailure | undefined {
  if (size !== EXT_RECEPTION_SIZE) return 'extensionSize';
  into.waitedMicros = view.getUint16(offset + 2) * WAITED_UNIT_MICROS;
  into.datagramCount = view.getUint32(offset + 4);
  into.byteCount = view.getUint32(offset + 8);
  into.clockMicros = view.getUint32(offset + 12);
  return undefined;
}

/** Writes the extension and returns its end. */
export function writeExtReception(view: DataView, offset: number, reception: Reception): number {
  view.setUint8(offset, EXT_RECEPTION);
  view.setUint8(offset + 1, EXT_RECEPTION_SIZE >> 2);
  view.setUint16(offset + 2, Math.min(WAITED_MAX_MICROS, reception.waitedMicros) / WAITED_UNIT_MICROS);
  view.setUint32(offset + 4, reception.datagramCount);
  view.setUint32(offset + 8, reception.byteCount);
  view.setUint32(offset + 12, reception.clockMicros);
  return offset + EXT_RECEPTION_SIZE;
}
