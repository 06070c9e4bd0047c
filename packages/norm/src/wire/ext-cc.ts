/**
 * EXT_CC: what a receiver tells the congestion control; in NACK, ACK and REPAIR_ADV.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |    HET = 3    |    HEL = 3    |          cc sequence          |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |   cc flags    |    cc rtt     |         loss (upper 16)       |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |            cc rate            | loss (lower 16) or reserved   |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * RFC 5740 §4.2.3.5 and §4.3.1. NRL's library puts 16 more bits of the loss into the field that the RFC reserves; a
 * receiver that leaves it zero is read as the same loss with less grain.
 */
import type { DecodeFailure } from './decoded.ts';

export const EXT_CC = 3;
const EXT_CC_SIZE = 12;

/** Bits of cc flags. RFC 5740 §4.2.3.4. */
export const CC_FLAG = {
  /** The current limiting receiver (CLR). */
  current: 0x01,
  /** A potential one (PLR). */
  potential: 0x02,
  roundTrip: 0x04,
  start: 0x08,
} as const;

export interface CongestionFeedback {
  readonly ccSequence: number;
  /** Bits, as in the node list of CMD(CC): 1 CLR, 2 PLR, 4 RTT known, 8 start, 16 leave. RFC 5740 §4.2.3.4. */
  readonly ccFlags: number;
  readonly ccRttQuantized: number;
  readonly ccRateQuantized: number;
  /** 32 bits: see quantizeLoss. */
  readonly lossQuantized: number;
}

export type MutableCongestionFeedback = { -readonly [Field in keyof CongestionFeedback]: CongestionFeedback[Field] };

export function readExtCc(
  view: DataView,
  offset: number,
  size: number,
  into: MutableCongestionFeedback,
): DecodeFailure | undefined {
  if (size !== EXT_CC_SIZE) return 'extensionSize';
  into.ccSequence = view.getUint16(offset + 2);
  into.ccFlags = view.getUint8(offset + 4);
  into.ccRttQuantized = view.getUint8(offset + 5);
  into.ccRateQuantized = view.getUint16(offset + 8);
  into.lossQuantized = view.getUint16(offset + 6) * 0x10000 + view.getUint16(offset + 10);
  return undefined;
}

/** Writes the extension and returns its end. */
export function writeExtCc(view: DataView, offset: number, feedback: CongestionFeedback): number {
  view.setUint8(offset, EXT_CC);
  view.setUint8(offset + 1, EXT_CC_SIZE >> 2);
  view.setUint16(offset + 2, feedback.ccSequence);
  view.setUint8(offset + 4, feedback.ccFlags);
  view.setUint8(offset + 5, feedback.ccRttQuantized);
  view.setUint16(offset + 6, feedback.lossQuantized >>> 16);
  view.setUint16(offset + 8, feedback.ccRateQuantized);
  view.setUint16(offset + 10, feedback.lossQuantized & 0xffff);
  return offset + EXT_CC_SIZE;
}
