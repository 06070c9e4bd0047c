/**
 * The one table of messages: name, number on the wire, decoder and encoder of each. Logs, tests, vectors and
 * docs/PROTOCOL.md use these names.
 */
import { DATAGRAM_SIZE_MAX_BYTES } from '../limits.ts';
import { decodeAck, encodeAck } from './ack.ts';
import type { Arena } from './arena.ts';
import { decodeAckReq, encodeAckReq } from './command-ack-req.ts';
import { decodeApplication, encodeApplication } from './command-application.ts';
import { decodeCc, encodeCc } from './command-cc.ts';
import { decodeEot, encodeEot } from './command-eot.ts';
import { decodeFlush, encodeFlush } from './command-flush.ts';
import { decodeRepairAdv, encodeRepairAdv } from './command-repair-adv.ts';
import { decodeSquelch, encodeSquelch } from './command-squelch.ts';
import { DataMessage, decodeData, encodeDataHeader } from './data.ts';
import type { DecodeFailed, Decoded } from './decoded.ts';
import { failed } from './decoded.ts';
import {
  COMMAND_FLAVOR,
  COMMAND_HEADER_SIZE,
  COMMON_HEADER_SIZE,
  MESSAGE_TYPE,
  NORM_VERSION,
  readFlavor,
  readMessageType,
} from './header.ts';
import { decodeInfo, encodeInfo } from './info.ts';
import { decodeNack, encodeNack } from './nack.ts';
import { decodeReport, encodeReport } from './report.ts';

interface MessageEntry {
  /** As RFC 5740 calls it. */
  readonly name: string;
  readonly type: number;
  /** Of commands only. */
  readonly flavor: number | undefined;
  readonly decode: (arena: Arena, offset: number, length: number) => Decoded<unknown>;
  /** Writes the message and returns its end; of DATA everything before the symbol. */
  readonly encode: (arena: Arena, offset: number, message: never) => number;
}

const { command } = MESSAGE_TYPE;

export const MESSAGES = {
  info: { name: 'NORM_INFO', type: MESSAGE_TYPE.info, flavor: undefined, decode: decodeInfo, encode: encodeInfo },
  data: {
    name: 'NORM_DATA',
    type: MESSAGE_TYPE.data,
    flavor: undefined,
    decode: decodeDataAlone,
    encode: encodeDataAlone,
  },
  flush: {
    name: 'NORM_CMD(FLUSH)',
    type: command,
    flavor: COMMAND_FLAVOR.flush,
    decode: decodeFlush,
    encode: encodeFlush,
  },
  eot: { name: 'NORM_CMD(EOT)', type: command, flavor: COMMAND_FLAVOR.eot, decode: decodeEot, encode: encodeEot },
  squelch: {
    name: 'NORM_CMD(SQUELCH)',
    type: command,
    flavor: COMMAND_FLAVOR.squelch,
    decode: decodeSquelch,
    encode: encodeSquelch,
  },
  cc: { name: 'NORM_CMD(CC)', type: command, flavor: COMMAND_FLAVOR.cc, decode: decodeCc, encode: encodeCc },
  repairAdv: {
    name: 'NORM_CMD(REPAIR_ADV)',
    type: command,
    flavor: COMMAND_FLAVOR.repairAdv,
    decode: decodeRepairAdv,
    encode: encodeRepairAdv,
  },
  ackReq: {
    name: 'NORM_CMD(ACK_REQ)',
    type: command,
    flavor: COMMAND_FLAVOR.ackReq,
    decode: decodeAckReq,
    encode: encodeAckReq,
  },
  application: {
    name: 'NORM_CMD(APPLICATION)',
    type: command,
    flavor: COMMAND_FLAVOR.application,
    decode: decodeApplication,
    encode: encodeApplication,
  },
  nack: { name: 'NORM_NACK', type: MESSAGE_TYPE.nack, flavor: undefined, decode: decodeNack, encode: encodeNack },
  ack: { name: 'NORM_ACK', type: MESSAGE_TYPE.ack, flavor: undefined, decode: decodeAck, encode: encodeAck },
  report: {
    name: 'NORM_REPORT',
    type: MESSAGE_TYPE.report,
    flavor: undefined,
    decode: decodeReport,
    encode: encodeReport,
  },
} as const satisfies Record<string, MessageEntry>;

export type MessageName = keyof typeof MESSAGES;

/** Any message, told apart by `type`, which is its name in the table. */
export type Message = Extract<ReturnType<(typeof MESSAGES)[MessageName]['decode']>, { ok: true }>['message'];

const NAMES = Object.keys(MESSAGES) as MessageName[];
const NAME_BY_TYPE = Array.from({ length: 16 }, (_, type) =>
  NAMES.find((name) => MESSAGES[name].type === type && MESSAGES[name].flavor === undefined),
);
const NAME_BY_FLAVOR = Array.from({ length: 256 }, (_, flavor) =>
  NAMES.find((name) => MESSAGES[name].flavor === flavor),
);

/**
 * Which message this is, by the bytes that say so and nothing else; that message's decoder checks the rest. Allocates
 * nothing.
 */
export function identifyMessage(arena: Arena, offset: number, length: number): MessageName | DecodeFailed {
  if (length < COMMON_HEADER_SIZE) return failed('truncated');
  if (length > DATAGRAM_SIZE_MAX_BYTES) return failed('oversized');
  if (arena.view.getUint8(offset) >> 4 !== NORM_VERSION) return failed('version');
  const type = readMessageType(arena.view, offset);
  if (type !== command) return NAME_BY_TYPE[type] ?? failed('unknownType');
  if (length < COMMAND_HEADER_SIZE) return failed('truncated');
  return NAME_BY_FLAVOR[readFlavor(arena.view, offset)] ?? failed('unknownFlavor');
}

/** Decodes whatever it is. Allocates; a session decodes DATA by `decodeData` instead. */
export function decodeMessage(arena: Arena, offset: number, length: number): Decoded<Message> {
  const name = identifyMessage(arena, offset, length);
  return typeof name === 'string' ? MESSAGES[name].decode(arena, offset, length) : name;
}

/** Encodes whatever it is and returns its end; of DATA everything before the symbol. */
export function encodeMessage(arena: Arena, offset: number, message: Message): number {
  // The table pairs each name with the encoder of that very message, which the compiler cannot follow through a lookup.
  const encode = MESSAGES[message.type].encode as (arena: Arena, offset: number, message: Message) => number;
  return encode(arena, offset, message);
}

function decodeDataAlone(arena: Arena, offset: number, length: number): Decoded<DataMessage> {
  const message = new DataMessage();
  const decoded = decodeData(arena, offset, length, message);
  return decoded.ok ? { ok: true, message } : decoded;
}

function encodeDataAlone(arena: Arena, offset: number, message: DataMessage): number {
  return encodeDataHeader(arena, offset, message, message.oti, message.rateQuantized);
}
