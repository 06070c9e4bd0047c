/**
 * EXT_RATE: the rate at which the sender sends now; in CMD(CC), and allowed in any message of a sender.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |   HET = 128   |    reserved   |           send rate           |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * RFC 5740 §4.2.3.4. Types from 128 on have no length field: they are one word.
 */
export const EXT_RATE = 128;
const EXT_RATE_SIZE = 4;

export function readExtRate(view: DataView, offset: number): number {
  return view.getUint16(offset + 2);
}

/** Writes the extension and returns its end. */
export function writeExtRate(view: DataView, offset: number, rateQuantized: number): number {
  view.setUint8(offset, EXT_RATE);
  view.setUint8(offset + 1, 0);
  view.setUint16(offset + 2, rateQuantized);
  return offset + EXT_RATE_SIZE;
}
