/**
 * NORM_CMD(ACK_REQ): the listed receivers shall acknowledge, to a question that the application defined.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |version| type=3| header length |           sequence            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                           source id                           |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |          instance id          |     grtt      |backoff| gsize |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |  flavor = 6   |   reserved    |   ack type    |    ack id     |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                   header extensions (if any)                  |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |             node ids that shall acknowledge ...               |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * RFC 5740 §4.2.3.6.
 */
import type { Arena } from './arena.ts';
import type { Decoded } from './decoded.ts';
import { failed } from './decoded.ts';
import { HeaderExtensions } from './extensions.ts';
import type { SenderFields } from './header.ts';
import {
  COMMAND_FLAVOR,
  checkCommandHeader,
  headerSize,
  readSenderFields,
  writeCommandFields,
  writeHeaderSize,
} from './header.ts';
import { readNodeList, writeNodeList } from './node-list.ts';

const FIXED_SIZE = 16;

export interface AckReqCommand extends SenderFields {
  readonly type: 'ackReq';
  readonly ackType: number;
  readonly ackId: number;
  readonly acknowledgingNodeIds: readonly number[];
}

export function decodeAckReq(arena: Arena, offset: number, length: number): Decoded<AckReqCommand> {
  const { view } = arena;
  const failure = checkCommandHeader(view, offset, length, COMMAND_FLAVOR.ackReq, FIXED_SIZE);
  if (failure !== undefined) return failed(failure);
  const end = offset + headerSize(view, offset);
  const extensionFailure = new HeaderExtensions().read(view, offset + FIXED_SIZE, end, undefined);
  if (extensionFailure !== undefined) return failed(extensionFailure);
  const acknowledgingNodeIds = readNodeList(view, end, offset + length);
  if (acknowledgingNodeIds === undefined) return failed('listLength');
  return {
    ok: true,
    message: {
      type: 'ackReq',
      ...readSenderFields(view, offset),
      ackType: view.getUint8(offset + 14),
      ackId: view.getUint8(offset + 15),
      acknowledgingNodeIds,
    },
  };
}

/** Writes the message and returns its end. */
export function encodeAckReq(arena: Arena, offset: number, message: AckReqCommand): number {
  const { view } = arena;
  writeCommandFields(view, offset, COMMAND_FLAVOR.ackReq, message);
  view.setUint8(offset + 14, message.ackType);
  view.setUint8(offset + 15, message.ackId);
  writeHeaderSize(view, offset, offset + FIXED_SIZE);
  return writeNodeList(view, offset + FIXED_SIZE, message.acknowledgingNodeIds);
}
