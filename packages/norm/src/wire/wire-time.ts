/**
 * Times on the wire: 32 bits of seconds and 32 of microseconds, of the sender's own clock; inside, integer microseconds.
 *
 * Nobody but the sender reads its own times: a receiver adds how long it held them and sends them back.
 * RFC 5740 §4.2.3.4, §4.3.1.
 */
const MICROS_PER_SECOND = 1_000_000;

export const WIRE_TIME_SIZE = 8;

export function readWireTime(view: DataView, offset: number): number {
  return view.getUint32(offset) * MICROS_PER_SECOND + view.getUint32(offset + 4);
}

export function writeWireTime(view: DataView, offset: number, micros: number): void {
  view.setUint32(offset, Math.floor(micros / MICROS_PER_SECOND));
  view.setUint32(offset + 4, micros % MICROS_PER_SECOND);
}
