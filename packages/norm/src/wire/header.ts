/**
 * The start of every message, and its continuation in every message of a sender.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |version|  type | header length |           sequence            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                           source id                           |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |          instance id          |     grtt      |backoff| gsize |   INFO, DATA and CMD only
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * RFC 5740 §4.1, §4.2. The header length counts 32-bit words and covers the fixed fields of the message, its FEC
 * payload id and its header extensions.
 */
import { DATAGRAM_SIZE_MAX_BYTES } from '../limits.ts';
import type { DecodeFailure } from './decoded.ts';

export const NORM_VERSION = 1;
export const COMMON_HEADER_SIZE = 8;
/** What every command has: the sender's fields and the word that begins with the flavor. */
export const COMMAND_HEADER_SIZE = 16;

/** Message types by their number on the wire. */
export const MESSAGE_TYPE = { info: 1, data: 2, command: 3, nack: 4, ack: 5, report: 6 } as const;

/** Flavors of NORM_CMD by their number on the wire. */
export const COMMAND_FLAVOR = {
  flush: 1,
  eot: 2,
  squelch: 3,
  cc: 4,
  repairAdv: 5,
  ackReq: 6,
  application: 7,
} as const;

/** What every message carries. */
export interface CommonFields {
  readonly sequence: number;
  readonly sourceId: number;
}

/** What every message of a sender carries. The times and sizes are as on the wire: see quantization.ts. */
export interface SenderFields extends CommonFields {
  readonly instanceId: number;
  readonly grttQuantized: number;
  readonly backoffFactor: number;
  readonly groupSizeQuantized: number;
}

const FLAVOR_OFFSET = 12;

/**
 * The checks that come before any field is read: size, version, type, and a header that holds the fixed part of the
 * message and lies inside the datagram.
 */
export function checkHeader(
  view: DataView,
  offset: number,
  length: number,
  type: number,
  fixedSize: number,
): DecodeFailure | undefined {
  if (length < COMMON_HEADER_SIZE) return 'truncated';
  if (length > DATAGRAM_SIZE_MAX_BYTES) return 'oversized';
  const first = view.getUint8(offset);
  if (first >> 4 !== NORM_VERSION) return 'version';
  if ((first & 0xf) !== type) return 'unexpectedType';
  if (length < fixedSize) return 'truncated';
  const size = headerSize(view, offset);
  if (size < fixedSize || size > length) return 'headerLength';
  return undefined;
}

/** As `checkHeader`, for a command of one flavor. */
export function checkCommandHeader(
  view: DataView,
  offset: number,
  length: number,
  flavor: number,
  fixedSize: number,
): DecodeFailure | undefined {
  const failure = checkHeader(view, offset, length, MESSAGE_TYPE.command, fixedSize);
  if (failure !== undefined) return failure;
  return view.getUint8(offset + FLAVOR_OFFSET) === flavor ? undefined : 'unexpectedType';
}

/** Size of the whole header in bytes. */
export function headerSize(view: DataView, offset: number): number {
  return view.getUint8(offset + 1) * 4;
}

export function readMessageType(view: DataView, offset: number): number {
  return view.getUint8(offset) & 0xf;
}

export function readFlavor(view: DataView, offset: number): number {
  return view.getUint8(offset + FLAVOR_OFFSET);
}

export function readCommonFields(view: DataView, offset: number): CommonFields {
  return { sequence: view.getUint16(offset + 2), sourceId: view.getUint32(offset + 4) };
}

export function readSenderFields(view: DataView, offset: number): SenderFields {
  return {
    sequence: view.getUint16(offset + 2),
    sourceId: view.getUint32(offset + 4),
    instanceId: view.getUint16(offset + 8),
    grttQuantized: view.getUint8(offset + 10),
    backoffFactor: view.getUint8(offset + 11) >> 4,
    groupSizeQuantized: view.getUint8(offset + 11) & 0xf,
  };
}

/** Writes the common fields. The header length is set by `writeHeaderSize` once the extensions are in. */
export function writeCommonFields(view: DataView, offset: number, type: number, fields: CommonFields): void {
  view.setUint8(offset, (NORM_VERSION << 4) | type);
  view.setUint16(offset + 2, fields.sequence);
  view.setUint32(offset + 4, fields.sourceId);
}

export function writeSenderFields(view: DataView, offset: number, type: number, fields: SenderFields): void {
  writeCommonFields(view, offset, type, fields);
  view.setUint16(offset + 8, fields.instanceId);
  view.setUint8(offset + 10, fields.grttQuantized);
  view.setUint8(offset + 11, (fields.backoffFactor << 4) | fields.groupSizeQuantized);
}

/** Starts a command: sender fields, flavor, and zeros up to the end of the first four words. */
export function writeCommandFields(view: DataView, offset: number, flavor: number, fields: SenderFields): void {
  writeSenderFields(view, offset, MESSAGE_TYPE.command, fields);
  view.setUint32(offset + FLAVOR_OFFSET, flavor * 0x1000000);
}

/** The header ends at `end`. */
export function writeHeaderSize(view: DataView, offset: number, end: number): void {
  view.setUint8(offset + 1, (end - offset) >> 2);
}
