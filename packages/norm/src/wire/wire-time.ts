/**
 * Times on the wire: 32 bits of seconds and 32 of microseconds, of the sender's own clock; inside, integer microseconds.
 *
 * Nobody but the sender reads its own times: a receiver adds how long it held them and sends them back.
 * RFC 5740 §4.2.3.4, §4.3.1.
 */
const MICROS_PER_SECOND = 1_000_000;
const SECONDS_MODULUS = 2 ** 32;

export function readWireTime(view: DataView, offset: number): number {
  const micros = view.getUint32(offset) * MICROS_PER_SECOND + view.getUint32(offset + 4);
  // A peer may write more than a second of microseconds: the sum wraps as the field of the seconds does.
  return micros % (SECONDS_MODULUS * MICROS_PER_SECOND);
}

export function writeWireTime(view: DataView, offset: number, micros: number): void {
  view.setUint32(offset, Math.floor(micros / MICROS_PER_SECOND));
  view.setUint32(offset + 4, micros % MICROS_PER_SECOND);
}
