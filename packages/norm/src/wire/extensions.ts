/**
 * The header extensions of one message, between its fixed fields and the end of its header.
 *
 *     type below 128:  |  HET  |  HEL  |  HEL × 4 − 2 bytes of content  |
 *     type from 128:   |  HET  |            3 bytes of content          |
 *
 * RFC 5740 §4.1. An unknown extension is stepped over. A known one must have its own size and come once. EXT_AUTH
 * (ext-auth.ts) is stepped over here: where it matters it was judged before.
 */
import type { DecodeFailure } from './decoded.ts';
import type { CongestionFeedback, MutableCongestionFeedback } from './ext-cc.ts';
import { EXT_CC, readExtCc } from './ext-cc.ts';
import type { MutableObjectTransmissionInformation, ObjectTransmissionInformation } from './ext-fti.ts';
import { EXT_FTI, readExtFti } from './ext-fti.ts';
import { EXT_RATE, readExtRate } from './ext-rate.ts';
import type { MutableReception, Reception } from './ext-reception.ts';
import { EXT_RECEPTION, readExtReception } from './ext-reception.ts';
import type { FecEncodingId } from './fec-payload-id.ts';

/** First extension type whose size is one word and has no length field. */
const FIXED_TYPE_MIN = 128;

/** Reusable: `read` overwrites what the last message left. */
export class HeaderExtensions {
  hasOti = false;
  hasFeedback = false;
  hasReception = false;
  hasRate = false;
  rateQuantized = 0;
  readonly mutableOti: MutableObjectTransmissionInformation = {
    transferLength: 0,
    encodingSymbolLength: 0,
    maximumSourceBlockLength: 0,
    repairSymbolCount: 0,
  };
  readonly #feedback: MutableCongestionFeedback = {
    ccSequence: 0,
    ccFlags: 0,
    ccRttQuantized: 0,
    ccRateQuantized: 0,
    lossQuantized: 0,
  };
  readonly #reception: MutableReception = { datagramCount: 0, byteCount: 0, clockMicros: 0, waitedMicros: 0 };

  /** A copy that outlives the next `read`. */
  copyOti(): ObjectTransmissionInformation | undefined {
    return this.hasOti ? { ...this.mutableOti } : undefined;
  }

  /** A copy that outlives the next `read`. */
  copyFeedback(): CongestionFeedback | undefined {
    return this.hasFeedback ? { ...this.#feedback } : undefined;
  }

  /** A copy that outlives the next `read`. */
  copyReception(): Reception | undefined {
    return this.hasReception ? { ...this.#reception } : undefined;
  }

  get rate(): number | undefined {
    return this.hasRate ? this.rateQuantized : undefined;
  }

  /**
   * Reads all extensions in [offset, end). Every step moves forward by at least one word, so it ends. Without an FEC
   * encoding id the shape of an FTI is unknown: a message that has none must not carry one.
   */
  read(
    view: DataView,
    offset: number,
    end: number,
    fecEncodingId: FecEncodingId | undefined,
  ): DecodeFailure | undefined {
    this.hasOti = false;
    this.hasFeedback = false;
    this.hasReception = false;
    this.hasRate = false;
    let at = offset;
    while (at < end) {
      const type = view.getUint8(at);
      const size = type < FIXED_TYPE_MIN ? view.getUint8(at + 1) * 4 : 4;
      if (size === 0 || at + size > end) return 'extensionLength';
      const failure = this.#readOne(view, at, type, size, fecEncodingId);
      if (failure !== undefined) return failure;
      at += size;
    }
    return undefined;
  }

  #readOne(
    view: DataView,
    at: number,
    type: number,
    size: number,
    fecEncodingId: FecEncodingId | undefined,
  ): DecodeFailure | undefined {
    if (type === EXT_FTI) {
      if (fecEncodingId === undefined) return 'extensionPlace';
      if (this.hasOti) return 'extensionRepeated';
      this.hasOti = true;
      return readExtFti(view, at, size, fecEncodingId, this.mutableOti);
    }
    if (type === EXT_CC) {
      if (this.hasFeedback) return 'extensionRepeated';
      this.hasFeedback = true;
      return readExtCc(view, at, size, this.#feedback);
    }
    if (type === EXT_RECEPTION) {
      if (this.hasReception) return 'extensionRepeated';
      this.hasReception = true;
      return readExtReception(view, at, size, this.#reception);
    }
    if (type === EXT_RATE) {
      if (this.hasRate) return 'extensionRepeated';
      this.hasRate = true;
      this.rateQuantized = readExtRate(view, at);
    }
    return undefined;
  }
}
