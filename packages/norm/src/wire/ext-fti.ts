/**
 * EXT_FTI: the object transmission information, what a receiver must know of an object before it can place a symbol.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |   HET = 64    |    HEL = 3    |                               |   id 5
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +   (RFC 5510 §5.2.4)
 *     |                     transfer length (48)                      |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     | encoding symbol length (16)   | max block (8) |  repair (8)   |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |   HET = 64    |    HEL = 4    |                               |   id 0
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +   (RFC 5445 §3.2.2)
 *     |                     transfer length (48)                      |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |         reserved (16)         |  encoding symbol length (16)  |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |               maximum source block length (32)                |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * The last byte under id 5: RFC 5510 counts all encoding symbols of a block (max_n), NRL's library the repair symbols
 * alone. We write as the library does, and read a count that does not fit beside the source symbols as "all that fit":
 * so both kinds of sender are understood, since every repair symbol id that either uses is then in range.
 */
import { ENCODING_SYMBOL_COUNT_MAX, TRANSFER_LENGTH_MAX_BYTES } from '../limits.ts';
import type { DecodeFailure } from './decoded.ts';
import type { FecEncodingId } from './fec-payload-id.ts';
import { FEC_ENCODING_ID, encodingSymbolIdMax, sourceBlockNumberMax } from './fec-payload-id.ts';

export const EXT_FTI = 64;

export interface ObjectTransmissionInformation {
  /** Size of the object in bytes. */
  readonly transferLength: number;
  /** Size of a symbol in bytes; the object's last source symbol may be shorter. */
  readonly encodingSymbolLength: number;
  /** Source symbols in the largest block. */
  readonly maximumSourceBlockLength: number;
  /** Repair symbols that a block can have; 0 under id 0. */
  readonly repairSymbolCount: number;
}

export type MutableObjectTransmissionInformation = {
  -readonly [Field in keyof ObjectTransmissionInformation]: ObjectTransmissionInformation[Field];
};

const SIZE_REED_SOLOMON = 12;
const SIZE_NO_CODE = 16;

function extFtiSize(fecEncodingId: FecEncodingId): number {
  return fecEncodingId === FEC_ENCODING_ID.reedSolomon ? SIZE_REED_SOLOMON : SIZE_NO_CODE;
}

/** Reads the extension of `size` bytes into `into`; says what is wrong with it, if anything. */
export function readExtFti(
  view: DataView,
  offset: number,
  size: number,
  fecEncodingId: FecEncodingId,
  into: MutableObjectTransmissionInformation,
): DecodeFailure | undefined {
  if (size !== extFtiSize(fecEncodingId)) return 'extensionSize';
  into.transferLength = view.getUint16(offset + 2) * 2 ** 32 + view.getUint32(offset + 4);
  if (fecEncodingId === FEC_ENCODING_ID.reedSolomon) {
    into.encodingSymbolLength = view.getUint16(offset + 8);
    into.maximumSourceBlockLength = view.getUint8(offset + 10);
    into.repairSymbolCount = Math.min(
      view.getUint8(offset + 11),
      ENCODING_SYMBOL_COUNT_MAX - into.maximumSourceBlockLength,
    );
  } else {
    into.encodingSymbolLength = view.getUint16(offset + 10);
    into.maximumSourceBlockLength = view.getUint32(offset + 12);
    into.repairSymbolCount = 0;
  }
  return isPossible(into, fecEncodingId) ? undefined : 'objectInformation';
}

/** Writes the extension and returns its end. */
export function writeExtFti(
  view: DataView,
  offset: number,
  fecEncodingId: FecEncodingId,
  oti: ObjectTransmissionInformation,
): number {
  if (!isPossible(oti, fecEncodingId)) throw new RangeError('no object can have this transmission information');
  const size = extFtiSize(fecEncodingId);
  view.setUint8(offset, EXT_FTI);
  view.setUint8(offset + 1, size >> 2);
  view.setUint16(offset + 2, Math.floor(oti.transferLength / 2 ** 32));
  view.setUint32(offset + 4, oti.transferLength % 2 ** 32);
  if (fecEncodingId === FEC_ENCODING_ID.reedSolomon) {
    view.setUint16(offset + 8, oti.encodingSymbolLength);
    view.setUint8(offset + 10, oti.maximumSourceBlockLength);
    view.setUint8(offset + 11, oti.repairSymbolCount);
  } else {
    view.setUint16(offset + 8, 0);
    view.setUint16(offset + 10, oti.encodingSymbolLength);
    view.setUint32(offset + 12, oti.maximumSourceBlockLength);
  }
  return offset + size;
}

/** Whether an object with this information exists, and all its symbols have numbers. */
function isPossible(oti: ObjectTransmissionInformation, fecEncodingId: FecEncodingId): boolean {
  const { transferLength, encodingSymbolLength, maximumSourceBlockLength, repairSymbolCount } = oti;
  if (encodingSymbolLength === 0 || encodingSymbolLength > 0xffff || maximumSourceBlockLength === 0) return false;
  if (transferLength > TRANSFER_LENGTH_MAX_BYTES) return false;
  const encodingSymbolCountMax =
    fecEncodingId === FEC_ENCODING_ID.reedSolomon ? ENCODING_SYMBOL_COUNT_MAX : encodingSymbolIdMax(fecEncodingId) + 1;
  if (maximumSourceBlockLength + repairSymbolCount > encodingSymbolCountMax) return false;
  const symbolCount = Math.ceil(transferLength / encodingSymbolLength);
  return Math.ceil(symbolCount / maximumSourceBlockLength) <= sourceBlockNumberMax(fecEncodingId) + 1;
}
