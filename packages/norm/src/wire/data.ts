/**
 * NORM_DATA: one source or repair symbol of an object. The hot message: decoding and encoding allocate nothing.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |version| type=2| header length |           sequence            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                           source id                           |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |          instance id          |     grtt      |backoff| gsize |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |     flags     |    fec id     |     object transport id       |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                        fec payload id                         |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |              header extensions: EXT_FTI, EXT_RATE             |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                     payload: the symbol ...                   |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * RFC 5740 §4.2.1. A repair symbol is always of full length; only the last source symbol of an object may be shorter.
 */
import type { Arena } from './arena.ts';
import type { DecodedInto } from './decoded.ts';
import { DECODED, failed } from './decoded.ts';
import type { ObjectTransmissionInformation } from './ext-fti.ts';
import { writeExtFti } from './ext-fti.ts';
import { writeExtRate } from './ext-rate.ts';
import { HeaderExtensions } from './extensions.ts';
import type { FecEncodingId } from './fec-payload-id.ts';
import {
  FEC_ENCODING_ID,
  FEC_PAYLOAD_ID_SIZE,
  isSupportedFec,
  readEncodingSymbolId,
  readSourceBlockNumber,
  writeFecPayloadId,
} from './fec-payload-id.ts';
import { MESSAGE_TYPE, checkHeader, headerSize, writeHeaderSize, writeSenderFields } from './header.ts';
import type { SenderFields } from './header.ts';
import { OBJECT_FLAG } from './object-flags.ts';

const PAYLOAD_ID_OFFSET = 16;
/** With the payload id of the encodings that we know. The payload id of no other encoding is shorter. */
const FIXED_SIZE = PAYLOAD_ID_OFFSET + FEC_PAYLOAD_ID_SIZE;

/** What a sender sets to encode, and a receiver finds after decoding. One object serves for all datagrams. */
export class DataMessage implements SenderFields {
  readonly type = 'data';
  sequence = 0;
  sourceId = 0;
  instanceId = 0;
  grttQuantized = 0;
  backoffFactor = 0;
  groupSizeQuantized = 0;
  flags = 0;
  fecEncodingId: FecEncodingId = FEC_ENCODING_ID.reedSolomon;
  toi = 0;
  sourceBlockNumber = 0;
  encodingSymbolId = 0;
  /** Only for reading after `decodeData`; to send it, pass it to `encodeDataHeader`. */
  readonly extensions = new HeaderExtensions();
  /** Where the symbol lies in the arena. */
  payloadOffset = 0;
  payloadLength = 0;

  /** The object's information, when this datagram carries it. Valid until the next decode into this object. */
  get oti(): ObjectTransmissionInformation | undefined {
    return this.extensions.hasOti ? this.extensions.mutableOti : undefined;
  }

  get rateQuantized(): number | undefined {
    return this.extensions.rate;
  }

  hasFlag(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }
}

/** Reads the datagram into `into`. After a failure `into` holds nothing of use. */
export function decodeData(arena: Arena, offset: number, length: number, into: DataMessage): DecodedInto {
  const { view } = arena;
  const failure = checkHeader(view, offset, length, MESSAGE_TYPE.data, FIXED_SIZE);
  if (failure !== undefined) return failed(failure);
  const fecEncodingId = view.getUint8(offset + 13);
  if (!isSupportedFec(fecEncodingId)) return failed('unsupportedFec');
  const header = headerSize(view, offset);

  into.sequence = view.getUint16(offset + 2);
  into.sourceId = view.getUint32(offset + 4);
  into.instanceId = view.getUint16(offset + 8);
  into.grttQuantized = view.getUint8(offset + 10);
  into.backoffFactor = view.getUint8(offset + 11) >> 4;
  into.groupSizeQuantized = view.getUint8(offset + 11) & 0xf;
  into.flags = view.getUint8(offset + 12);
  into.fecEncodingId = fecEncodingId;
  into.toi = view.getUint16(offset + 14);
  into.sourceBlockNumber = readSourceBlockNumber(view, offset + PAYLOAD_ID_OFFSET, fecEncodingId);
  into.encodingSymbolId = readEncodingSymbolId(view, offset + PAYLOAD_ID_OFFSET, fecEncodingId);
  into.payloadOffset = offset + header;
  into.payloadLength = length - header;

  const { extensions } = into;
  const extensionFailure = extensions.read(view, offset + FIXED_SIZE, offset + header, fecEncodingId);
  if (extensionFailure !== undefined) return failed(extensionFailure);
  if (
    extensions.hasOti &&
    into.payloadLength > extensions.mutableOti.encodingSymbolLength &&
    (into.flags & OBJECT_FLAG.stream) === 0
  ) {
    return failed('payloadLength');
  }
  return DECODED;
}

/**
 * Writes everything before the symbol and returns where the symbol goes, so that it can be read right into the arena.
 * `message.payloadOffset` and `payloadLength` are not looked at.
 */
export function encodeDataHeader(
  arena: Arena,
  offset: number,
  message: DataMessage,
  oti?: ObjectTransmissionInformation,
  rateQuantized?: number,
): number {
  const { view } = arena;
  const { fecEncodingId } = message;
  writeSenderFields(view, offset, MESSAGE_TYPE.data, message);
  view.setUint8(offset + 12, message.flags);
  view.setUint8(offset + 13, fecEncodingId);
  view.setUint16(offset + 14, message.toi);
  const payloadIdOffset = offset + PAYLOAD_ID_OFFSET;
  writeFecPayloadId(view, payloadIdOffset, fecEncodingId, message.sourceBlockNumber, message.encodingSymbolId);
  let end = offset + FIXED_SIZE;
  if (oti !== undefined) end = writeExtFti(view, end, fecEncodingId, oti);
  if (rateQuantized !== undefined) end = writeExtRate(view, end, rateQuantized);
  writeHeaderSize(view, offset, end);
  return end;
}
