/**
 * NORM_CMD(FLUSH): "I have sent everything up to here": receivers ask now for what they lack before this position, and
 * the listed ones acknowledge that they have it.
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
 *     |  flavor = 1   |    fec id     |     object transport id       |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                        fec payload id                         |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                   header extensions (if any)                  |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |             node ids that shall acknowledge ...               |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * RFC 5740 §4.2.3.1.
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
import type { ObjectPosition } from './object-position.ts';
import { readCommandPosition, writeCommandPosition } from './object-position.ts';

const POSITION_OFFSET = 13;
const FIXED_SIZE = 20;

export interface FlushCommand extends SenderFields {
  readonly type: 'flush';
  /** The last symbol that was sent. */
  readonly position: ObjectPosition;
  readonly acknowledgingNodeIds: readonly number[];
}

export function decodeFlush(arena: Arena, offset: number, length: number): Decoded<FlushCommand> {
  const { view } = arena;
  const failure = checkCommandHeader(view, offset, length, COMMAND_FLAVOR.flush, FIXED_SIZE);
  if (failure !== undefined) return failed(failure);
  const position = readCommandPosition(view, offset + POSITION_OFFSET);
  if (position === undefined) return failed('unsupportedFec');
  const end = offset + headerSize(view, offset);
  const extensionFailure = new HeaderExtensions().read(view, offset + FIXED_SIZE, end, position.fecEncodingId);
  if (extensionFailure !== undefined) return failed(extensionFailure);
  const acknowledgingNodeIds = readNodeList(view, end, offset + length);
  if (acknowledgingNodeIds === undefined) return failed('listLength');
  return {
    ok: true,
    message: { type: 'flush', ...readSenderFields(view, offset), position, acknowledgingNodeIds },
  };
}

/** Writes the message and returns its end. */
export function encodeFlush(arena: Arena, offset: number, message: FlushCommand): number {
  const { view } = arena;
  writeCommandFields(view, offset, COMMAND_FLAVOR.flush, message);
  writeCommandPosition(view, offset + POSITION_OFFSET, message.position);
  writeHeaderSize(view, offset, offset + FIXED_SIZE);
  return writeNodeList(view, offset + FIXED_SIZE, message.acknowledgingNodeIds);
}
