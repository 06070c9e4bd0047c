/**
 * NORM_INFO: a little content that describes an object, sent before its data and repaired on its own.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |version| type=1| header length |           sequence            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                           source id                           |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |          instance id          |     grtt      |backoff| gsize |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |     flags     |    fec id     |     object transport id       |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |              header extensions: EXT_FTI, EXT_RATE             |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                          content ...                          |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * RFC 5740 §4.2.2. The content is atomic and no longer than one symbol.
 */
import type { Arena } from './arena.ts';
import type { Decoded } from './decoded.ts';
import { failed } from './decoded.ts';
import type { ObjectTransmissionInformation } from './ext-fti.ts';
import { writeExtFti } from './ext-fti.ts';
import { writeExtRate } from './ext-rate.ts';
import { HeaderExtensions } from './extensions.ts';
import type { FecEncodingId } from './fec-payload-id.ts';
import { isSupportedFec } from './fec-payload-id.ts';
import type { SenderFields } from './header.ts';
import {
  MESSAGE_TYPE,
  checkHeader,
  headerSize,
  readSenderFields,
  writeHeaderSize,
  writeSenderFields,
} from './header.ts';

const FIXED_SIZE = 16;

export interface InfoMessage extends SenderFields {
  readonly type: 'info';
  /** Bits of OBJECT_FLAG. */
  readonly flags: number;
  readonly fecEncodingId: FecEncodingId;
  readonly toi: number;
  readonly oti: ObjectTransmissionInformation | undefined;
  readonly rateQuantized: number | undefined;
  readonly content: Uint8Array;
}

export function decodeInfo(arena: Arena, offset: number, length: number): Decoded<InfoMessage> {
  const { view } = arena;
  const failure = checkHeader(view, offset, length, MESSAGE_TYPE.info, FIXED_SIZE);
  if (failure !== undefined) return failed(failure);
  const fecEncodingId = view.getUint8(offset + 13);
  if (!isSupportedFec(fecEncodingId)) return failed('unsupportedFec');
  const end = offset + headerSize(view, offset);
  const extensions = new HeaderExtensions();
  const extensionFailure = extensions.read(view, offset + FIXED_SIZE, end, fecEncodingId);
  if (extensionFailure !== undefined) return failed(extensionFailure);
  const oti = extensions.copyOti();
  if (oti !== undefined && offset + length - end > oti.encodingSymbolLength) return failed('payloadLength');
  return {
    ok: true,
    message: {
      type: 'info',
      ...readSenderFields(view, offset),
      flags: view.getUint8(offset + 12),
      fecEncodingId,
      toi: view.getUint16(offset + 14),
      oti,
      rateQuantized: extensions.rate,
      content: arena.bytes.slice(end, offset + length),
    },
  };
}

/** Writes the message and returns its end. */
export function encodeInfo(arena: Arena, offset: number, message: InfoMessage): number {
  const { view } = arena;
  writeSenderFields(view, offset, MESSAGE_TYPE.info, message);
  view.setUint8(offset + 12, message.flags);
  view.setUint8(offset + 13, message.fecEncodingId);
  view.setUint16(offset + 14, message.toi);
  let end = offset + FIXED_SIZE;
  if (message.oti !== undefined) end = writeExtFti(view, end, message.fecEncodingId, message.oti);
  if (message.rateQuantized !== undefined) end = writeExtRate(view, end, message.rateQuantized);
  writeHeaderSize(view, offset, end);
  arena.bytes.set(message.content, end);
  return end + message.content.length;
}
