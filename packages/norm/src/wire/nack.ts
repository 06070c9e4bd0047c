/**
 * NORM_NACK: a receiver asks a sender for repair, and answers its round-trip probe on the way.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |version| type=4| header length |           sequence            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                    source id (the receiver)                   |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                           sender id                           |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |      instance id (sender's)   |           reserved            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                     grtt response, seconds                    |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                  grtt response, microseconds                  |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |           header extensions: EXT_CC, EXT_RECEPTION            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                     repair requests ...                       |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * RFC 5740 §4.3.1.
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
import type { RepairRequest } from './repair-request.ts';
import { readRepairRequests, writeRepairRequests } from './repair-request.ts';
import { readWireTime, writeWireTime } from './wire-time.ts';

const FIXED_SIZE = 24;

export interface NackMessage extends CommonFields {
  readonly type: 'nack';
  readonly senderId: number;
  readonly instanceId: number;
  /** The last probe's send time plus the time it was held here, in microseconds; 0: no probe was heard. */
  readonly grttResponse: number;
  readonly feedback: CongestionFeedback | undefined;
  readonly reception?: Reception | undefined;
  readonly repairRequests: readonly RepairRequest[];
}

export function decodeNack(arena: Arena, offset: number, length: number): Decoded<NackMessage> {
  const { view } = arena;
  const failure = checkHeader(view, offset, length, MESSAGE_TYPE.nack, FIXED_SIZE);
  if (failure !== undefined) return failed(failure);
  const end = offset + headerSize(view, offset);
  const extensions = new HeaderExtensions();
  const extensionFailure = extensions.read(view, offset + FIXED_SIZE, end, undefined);
  if (extensionFailure !== undefined) return failed(extensionFailure);
  const repairRequests = readRepairRequests(view, end, offset + length);
  if (typeof repairRequests === 'string') return failed(repairRequests);
  return {
    ok: true,
    message: {
      type: 'nack',
      ...readCommonFields(view, offset),
      senderId: view.getUint32(offset + 8),
      instanceId: view.getUint16(offset + 12),
      grttResponse: readWireTime(view, offset + 16),
      feedback: extensions.copyFeedback(),
      reception: extensions.copyReception(),
      repairRequests,
    },
  };
}

/** Writes the message and returns its end. */
export function encodeNack(arena: Arena, offset: number, message: NackMessage): number {
  const { view } = arena;
  writeCommonFields(view, offset, MESSAGE_TYPE.nack, message);
  view.setUint32(offset + 8, message.senderId);
  view.setUint16(offset + 12, message.instanceId);
  view.setUint16(offset + 14, 0);
  writeWireTime(view, offset + 16, message.grttResponse);
  let end = offset + FIXED_SIZE;
  if (message.feedback !== undefined) end = writeExtCc(view, end, message.feedback);
  if (message.reception !== undefined) end = writeExtReception(view, end, message.reception);
  writeHeaderSize(view, offset, end);
  return writeRepairRequests(view, end, message.repairRequests);
}
