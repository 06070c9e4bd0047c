/**
 * NORM_ACK: a receiver answers a flush (it has everything up to there), a congestion control probe, or the application.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |version| type=5| header length |           sequence            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                    source id (the receiver)                   |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                           sender id                           |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |      instance id (sender's)   |   ack type    |    ack id     |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                     grtt response, seconds                    |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                  grtt response, microseconds                  |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |           header extensions: EXT_CC, EXT_RECEPTION            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |       content: ack type 2, FLUSH: a position, eight bytes     |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * RFC 5740 §4.3.2. Types from 16 on are the application's.
 */
import type { Arena } from './arena.ts';
import type { Decoded } from './decoded.ts';
import { failed } from './decoded.ts';
import type { CongestionFeedback } from './ext-cc.ts';
import { writeExtCc } from './ext-cc.ts';
import type { Reception } from './ext-reception.ts';
import { writeExtReception } from './ext-reception.ts';
import { HeaderExtensions } from './extensions.ts';
import type { CommonFields } from './header.ts';
import {
  MESSAGE_TYPE,
  checkHeader,
  headerSize,
  readCommonFields,
  writeCommonFields,
  writeHeaderSize,
} from './header.ts';
import type { ObjectPosition } from './object-position.ts';
import { OBJECT_POSITION_SIZE, readObjectPosition, writeObjectPosition } from './object-position.ts';
import { readWireTime, writeWireTime } from './wire-time.ts';

const FIXED_SIZE = 24;

export const ACK_TYPE = { cc: 1, flush: 2 } as const;

export interface AckMessage extends CommonFields {
  readonly type: 'ack';
  readonly senderId: number;
  readonly instanceId: number;
  readonly ackType: number;
  readonly ackId: number;
  /** The last probe's send time plus the time it was held here, in microseconds; 0: no probe was heard. */
  readonly grttResponse: number;
  readonly feedback: CongestionFeedback | undefined;
  readonly reception?: Reception | undefined;
  /** Of type FLUSH, and only of that: the position that is acknowledged. */
  readonly position: ObjectPosition | undefined;
  /** Of every other type. */
  readonly content: Uint8Array;
}

export function decodeAck(arena: Arena, offset: number, length: number): Decoded<AckMessage> {
  const { view } = arena;
  const failure = checkHeader(view, offset, length, MESSAGE_TYPE.ack, FIXED_SIZE);
  if (failure !== undefined) return failed(failure);
  const size = headerSize(view, offset);
  const end = offset + size;
  const extensions = new HeaderExtensions();
  const extensionFailure = extensions.read(view, offset + FIXED_SIZE, end, undefined);
  if (extensionFailure !== undefined) return failed(extensionFailure);
  const ackType = view.getUint8(offset + 14);
  let position: ObjectPosition | undefined;
  if (ackType === ACK_TYPE.flush) {
    if (length - size !== OBJECT_POSITION_SIZE) return failed('acknowledgementLength');
    position = readObjectPosition(view, end);
    if (position === undefined) return failed('unsupportedFec');
  }
  return {
    ok: true,
    message: {
      type: 'ack',
      ...readCommonFields(view, offset),
      senderId: view.getUint32(offset + 8),
      instanceId: view.getUint16(offset + 12),
      ackType,
      ackId: view.getUint8(offset + 15),
      grttResponse: readWireTime(view, offset + 16),
      feedback: extensions.copyFeedback(),
      reception: extensions.copyReception(),
      position,
      content: position === undefined ? arena.bytes.slice(end, offset + length) : new Uint8Array(0),
    },
  };
}

/** Writes the message and returns its end. */
export function encodeAck(arena: Arena, offset: number, message: AckMessage): number {
  const { view } = arena;
  writeCommonFields(view, offset, MESSAGE_TYPE.ack, message);
  view.setUint32(offset + 8, message.senderId);
  view.setUint16(offset + 12, message.instanceId);
  view.setUint8(offset + 14, message.ackType);
  view.setUint8(offset + 15, message.ackId);
  writeWireTime(view, offset + 16, message.grttResponse);
  let end = offset + FIXED_SIZE;
  if (message.feedback !== undefined) end = writeExtCc(view, end, message.feedback);
  if (message.reception !== undefined) end = writeExtReception(view, end, message.reception);
  writeHeaderSize(view, offset, end);
  if (message.position !== undefined) return writeObjectPosition(view, end, message.position);
  arena.bytes.set(message.content, end);
  return end + message.content.length;
}
