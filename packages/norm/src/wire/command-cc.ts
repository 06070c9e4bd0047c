/**
 * NORM_CMD(CC): the round-trip probe, and with congestion control the rate and the receivers that matter.
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
 *     |  flavor = 4   |   reserved    |          cc sequence          |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                       send time, seconds                      |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                    send time, microseconds                    |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                  header extensions: EXT_RATE                  |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                          cc node id                           |   repeated
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |   cc flags    |    cc rtt     |            cc rate            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * RFC 5740 §4.2.3.4.
 */
import type { Arena } from './arena.ts';
import type { Decoded } from './decoded.ts';
import { failed } from './decoded.ts';
import { writeExtRate } from './ext-rate.ts';
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
import { readWireTime, writeWireTime } from './wire-time.ts';

const FIXED_SIZE = 24;
const CC_NODE_SIZE = 8;

export interface CcNode {
  readonly nodeId: number;
  /** As in EXT_CC. */
  readonly ccFlags: number;
  readonly ccRttQuantized: number;
  readonly ccRateQuantized: number;
}

export interface CcCommand extends SenderFields {
  readonly type: 'cc';
  readonly ccSequence: number;
  /** The sender's clock in microseconds. */
  readonly sendTime: number;
  readonly rateQuantized: number | undefined;
  readonly ccNodes: readonly CcNode[];
}

export function decodeCc(arena: Arena, offset: number, length: number): Decoded<CcCommand> {
  const { view } = arena;
  const failure = checkCommandHeader(view, offset, length, COMMAND_FLAVOR.cc, FIXED_SIZE);
  if (failure !== undefined) return failed(failure);
  const size = headerSize(view, offset);
  const end = offset + size;
  const extensions = new HeaderExtensions();
  const extensionFailure = extensions.read(view, offset + FIXED_SIZE, end, undefined);
  if (extensionFailure !== undefined) return failed(extensionFailure);
  const listSize = length - size;
  if (listSize % CC_NODE_SIZE !== 0) return failed('listLength');
  return {
    ok: true,
    message: {
      type: 'cc',
      ...readSenderFields(view, offset),
      ccSequence: view.getUint16(offset + 14),
      sendTime: readWireTime(view, offset + 16),
      rateQuantized: extensions.rate,
      ccNodes: Array.from({ length: listSize / CC_NODE_SIZE }, (_, index) =>
        readCcNode(view, end + index * CC_NODE_SIZE),
      ),
    },
  };
}

/** Writes the message and returns its end. */
export function encodeCc(arena: Arena, offset: number, message: CcCommand): number {
  const { view } = arena;
  writeCommandFields(view, offset, COMMAND_FLAVOR.cc, message);
  view.setUint16(offset + 14, message.ccSequence);
  writeWireTime(view, offset + 16, message.sendTime);
  let end = offset + FIXED_SIZE;
  if (message.rateQuantized !== undefined) end = writeExtRate(view, end, message.rateQuantized);
  writeHeaderSize(view, offset, end);
  for (const node of message.ccNodes) {
    view.setUint32(end, node.nodeId);
    view.setUint8(end + 4, node.ccFlags);
    view.setUint8(end + 5, node.ccRttQuantized);
    view.setUint16(end + 6, node.ccRateQuantized);
    end += CC_NODE_SIZE;
  }
  return end;
}

function readCcNode(view: DataView, offset: number): CcNode {
  return {
    nodeId: view.getUint32(offset),
    ccFlags: view.getUint8(offset + 4),
    ccRttQuantized: view.getUint8(offset + 5),
    ccRateQuantized: view.getUint16(offset + 6),
  };
}
