/**
 * NORM_CMD(SQUELCH): the answer to a request for what the sender no longer has: repair begins at this position, and the
 * listed objects after it are gone too.
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
 *     |  flavor = 3   |    fec id     |     object transport id       |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                        fec payload id                         |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                   header extensions (if any)                  |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |   invalid object transport id |              ...              |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * RFC 5740 §4.2.3.3.
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
import type { ObjectPosition } from './object-position.ts';
import { readCommandPosition, writeCommandPosition } from './object-position.ts';

const POSITION_OFFSET = 13;
const FIXED_SIZE = 20;
const TOI_SIZE = 2;

export interface SquelchCommand extends SenderFields {
  readonly type: 'squelch';
  /** The earliest symbol that can still be asked for. */
  readonly position: ObjectPosition;
  /** Objects after that position that cannot. */
  readonly invalidTois: readonly number[];
}

export function decodeSquelch(arena: Arena, offset: number, length: number): Decoded<SquelchCommand> {
  const { view } = arena;
  const failure = checkCommandHeader(view, offset, length, COMMAND_FLAVOR.squelch, FIXED_SIZE);
  if (failure !== undefined) return failed(failure);
  const position = readCommandPosition(view, offset + POSITION_OFFSET);
  if (position === undefined) return failed('unsupportedFec');
  const size = headerSize(view, offset);
  const end = offset + size;
  const extensionFailure = new HeaderExtensions().read(view, offset + FIXED_SIZE, end, position.fecEncodingId);
  if (extensionFailure !== undefined) return failed(extensionFailure);
  const listSize = length - size;
  if (listSize % TOI_SIZE !== 0) return failed('listLength');
  const invalidTois = Array.from({ length: listSize / TOI_SIZE }, (_, index) => view.getUint16(end + index * TOI_SIZE));
  return { ok: true, message: { type: 'squelch', ...readSenderFields(view, offset), position, invalidTois } };
}

/** Writes the message and returns its end. */
export function encodeSquelch(arena: Arena, offset: number, message: SquelchCommand): number {
  const { view } = arena;
  writeCommandFields(view, offset, COMMAND_FLAVOR.squelch, message);
  writeCommandPosition(view, offset + POSITION_OFFSET, message.position);
  writeHeaderSize(view, offset, offset + FIXED_SIZE);
  let end = offset + FIXED_SIZE;
  for (const toi of message.invalidTois) {
    view.setUint16(end, toi);
    end += TOI_SIZE;
  }
  return end;
}
