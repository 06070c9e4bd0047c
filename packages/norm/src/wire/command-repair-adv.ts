/**
 * NORM_CMD(REPAIR_ADV): what the sender was asked for, told to everybody, so that receivers which did not hear each
 * other's NACKs stay silent about it.
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
 *     |  flavor = 5   |     flags     |           reserved            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                   header extensions: EXT_CC                   |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                     repair requests ...                       |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * RFC 5740 §4.2.3.5.
 */
import type { Arena } from './arena.ts';
import type { Decoded } from './decoded.ts';
import { failed } from './decoded.ts';
import type { CongestionFeedback } from './ext-cc.ts';
import { writeExtCc } from './ext-cc.ts';
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
import type { RepairRequest } from './repair-request.ts';
import { readRepairRequests, writeRepairRequests } from './repair-request.ts';

const FIXED_SIZE = 16;

/** The requests did not fit: what is not listed may have been asked for as well. */
export const REPAIR_ADV_FLAG_LIMIT = 0x01;

export interface RepairAdvCommand extends SenderFields {
  readonly type: 'repairAdv';
  readonly flags: number;
  readonly feedback: CongestionFeedback | undefined;
  readonly repairRequests: readonly RepairRequest[];
}

export function decodeRepairAdv(arena: Arena, offset: number, length: number): Decoded<RepairAdvCommand> {
  const { view } = arena;
  const failure = checkCommandHeader(view, offset, length, COMMAND_FLAVOR.repairAdv, FIXED_SIZE);
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
      type: 'repairAdv',
      ...readSenderFields(view, offset),
      flags: view.getUint8(offset + 13),
      feedback: extensions.copyFeedback(),
      repairRequests,
    },
  };
}

/** Writes the message and returns its end. */
export function encodeRepairAdv(arena: Arena, offset: number, message: RepairAdvCommand): number {
  const { view } = arena;
  writeCommandFields(view, offset, COMMAND_FLAVOR.repairAdv, message);
  view.setUint8(offset + 13, message.flags);
  let end = offset + FIXED_SIZE;
  if (message.feedback !== undefined) end = writeExtCc(view, end, message.feedback);
  writeHeaderSize(view, offset, end);
  return writeRepairRequests(view, end, message.repairRequests);
}
