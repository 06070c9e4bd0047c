/**
 * A place in the sender's transmission: a symbol of a block of an object.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |    fec id     |   (other)     |     object transport id       |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                        fec payload id                         |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Repair items and flush acknowledgements have it in these eight bytes with (other) reserved; FLUSH and SQUELCH have
 * the same fields with the flavor in front of the fec id. RFC 5740 §4.2.3.1, §4.3.1, §4.3.2.
 */
import type { FecEncodingId } from './fec-payload-id.ts';
import { isSupportedFec, readEncodingSymbolId, readSourceBlockNumber, writeFecPayloadId } from './fec-payload-id.ts';

export interface ObjectPosition {
  readonly fecEncodingId: FecEncodingId;
  readonly toi: number;
  readonly sourceBlockNumber: number;
  readonly encodingSymbolId: number;
}

export const OBJECT_POSITION_SIZE = 8;

/** Reads the eight-byte form; undefined: an FEC encoding that we do not know. */
export function readObjectPosition(view: DataView, offset: number): ObjectPosition | undefined {
  return readPosition(view, view.getUint8(offset), offset + 2);
}

export function writeObjectPosition(view: DataView, offset: number, position: ObjectPosition): number {
  view.setUint8(offset, position.fecEncodingId);
  view.setUint8(offset + 1, 0);
  writePosition(view, offset + 2, position);
  return offset + OBJECT_POSITION_SIZE;
}

/** Reads the form of FLUSH and SQUELCH, whose fec id is at `offset`, right before the object transport id. */
export function readCommandPosition(view: DataView, offset: number): ObjectPosition | undefined {
  return readPosition(view, view.getUint8(offset), offset + 1);
}

export function writeCommandPosition(view: DataView, offset: number, position: ObjectPosition): void {
  view.setUint8(offset, position.fecEncodingId);
  writePosition(view, offset + 1, position);
}

function readPosition(view: DataView, fecEncodingId: number, offset: number): ObjectPosition | undefined {
  if (!isSupportedFec(fecEncodingId)) return undefined;
  return {
    fecEncodingId,
    toi: view.getUint16(offset),
    sourceBlockNumber: readSourceBlockNumber(view, offset + 2, fecEncodingId),
    encodingSymbolId: readEncodingSymbolId(view, offset + 2, fecEncodingId),
  };
}

function writePosition(view: DataView, offset: number, position: ObjectPosition): void {
  view.setUint16(offset, position.toi);
  const { fecEncodingId, sourceBlockNumber, encodingSymbolId } = position;
  writeFecPayloadId(view, offset + 2, fecEncodingId, sourceBlockNumber, encodingSymbolId);
}
