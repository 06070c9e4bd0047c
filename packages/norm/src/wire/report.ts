/**
 * NORM_REPORT: a type number that RFC 5740 §4.4.1 reserves for performance reports and leaves undefined. We never send
 * it; a peer's is decoded so that it can be counted by name.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |version| type=6| header length |           sequence            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                           source id                           |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                          content ...                          |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import type { Arena } from './arena.ts';
import type { Decoded } from './decoded.ts';
import { failed } from './decoded.ts';
import type { CommonFields } from './header.ts';
import {
  COMMON_HEADER_SIZE,
  MESSAGE_TYPE,
  checkHeader,
  readCommonFields,
  writeCommonFields,
  writeHeaderSize,
} from './header.ts';

export interface ReportMessage extends CommonFields {
  readonly type: 'report';
  /** Everything after the common header: nothing says where a longer header would end. */
  readonly content: Uint8Array;
}

export function decodeReport(arena: Arena, offset: number, length: number): Decoded<ReportMessage> {
  const failure = checkHeader(arena.view, offset, length, MESSAGE_TYPE.report, COMMON_HEADER_SIZE);
  if (failure !== undefined) return failed(failure);
  return {
    ok: true,
    message: {
      type: 'report',
      ...readCommonFields(arena.view, offset),
      content: arena.bytes.slice(offset + COMMON_HEADER_SIZE, offset + length),
    },
  };
}

/** Writes the message and returns its end. */
export function encodeReport(arena: Arena, offset: number, message: ReportMessage): number {
  writeCommonFields(arena.view, offset, MESSAGE_TYPE.report, message);
  const end = offset + COMMON_HEADER_SIZE;
  writeHeaderSize(arena.view, offset, end);
  arena.bytes.set(message.content, end);
  return end + message.content.length;
}
