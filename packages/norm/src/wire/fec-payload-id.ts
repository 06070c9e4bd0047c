/**
 * FEC Payload ID: which symbol of which block. Its shape depends on the FEC encoding id.
 *
 *     id 0, Compact No-Code (RFC 5445 §3.2.1):         id 5, Reed-Solomon over GF(2^8) (RFC 5510 §5.1):
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |   source block number (16)    |  encoding symbol id (16)      |   id 0
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |           source block number (24)            |   ESI (8)     |   id 5
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Ids 2 (four bytes, split by a field size that only the FTI tells) and 129 (eight bytes) exist in the wild; a message
 * that uses them, or any other, is answered with `unsupportedFec`.
 */
export const FEC_ENCODING_ID = { compactNoCode: 0, reedSolomon: 5 } as const;

export type FecEncodingId = (typeof FEC_ENCODING_ID)[keyof typeof FEC_ENCODING_ID];

/** Size in bytes, the same for both supported schemes. */
export const FEC_PAYLOAD_ID_SIZE = 4;

export function isSupportedFec(fecEncodingId: number): fecEncodingId is FecEncodingId {
  return fecEncodingId === FEC_ENCODING_ID.reedSolomon || fecEncodingId === FEC_ENCODING_ID.compactNoCode;
}

/** How many bits of the payload id number the symbol inside its block. */
function encodingSymbolIdBits(fecEncodingId: FecEncodingId): number {
  return fecEncodingId === FEC_ENCODING_ID.reedSolomon ? 8 : 16;
}

export function sourceBlockNumberMax(fecEncodingId: FecEncodingId): number {
  return 2 ** (32 - encodingSymbolIdBits(fecEncodingId)) - 1;
}

export function encodingSymbolIdMax(fecEncodingId: FecEncodingId): number {
  return 2 ** encodingSymbolIdBits(fecEncodingId) - 1;
}

export function readSourceBlockNumber(view: DataView, offset: number, fecEncodingId: FecEncodingId): number {
  return view.getUint32(offset) >>> encodingSymbolIdBits(fecEncodingId);
}

export function readEncodingSymbolId(view: DataView, offset: number, fecEncodingId: FecEncodingId): number {
  return view.getUint32(offset) & encodingSymbolIdMax(fecEncodingId);
}

export function writeFecPayloadId(
  view: DataView,
  offset: number,
  fecEncodingId: FecEncodingId,
  sourceBlockNumber: number,
  encodingSymbolId: number,
): void {
  view.setUint32(offset, ((sourceBlockNumber << encodingSymbolIdBits(fecEncodingId)) | encodingSymbolId) >>> 0);
}
