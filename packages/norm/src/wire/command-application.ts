/**
 * NORM_CMD(APPLICATION): a few bytes from application to application, outside every object and never repaired.
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
 *     |  flavor = 7   |                    reserved                   |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                   header extensions (if any)                  |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                          content ...                          |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * RFC 5740 §4.2.3.7.
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

const FIXED_SIZE = 16;

export interface ApplicationCommand extends SenderFields {
  readonly type: 'application';
  readonly content: Uint8Array;
}

export function decodeApplication(arena: Arena, offset: number, length: number): Decoded<ApplicationCommand> {
  const { view } = arena;
  const failure = checkCommandHeader(view, offset, length, COMMAND_FLAVOR.application, FIXED_SIZE);
  if (failure !== undefined) return failed(failure);
  const end = offset + headerSize(view, offset);
  const extensionFailure = new HeaderExtensions().read(view, offset + FIXED_SIZE, end, undefined);
  if (extensionFailure !== undefined) return failed(extensionFailure);
  return {
    ok: true,
    message: {
      type: 'application',
      ...readSenderFields(view, offset),
      content: arena.bytes.slice(end, offset + length),
    },
  };
}

/** Writes the message and returns its end. */
export function encodeApplication(arena: Arena, offset: number, message: ApplicationCommand): number {
  writeCommandFields(arena.view, offset, COMMAND_FLAVOR.application, message);
  const end = offset + FIXED_SIZE;
  writeHeaderSize(arena.view, offset, end);
  arena.bytes.set(message.content, end);
  return end + message.content.length;
}
