/** One multicast session: the senders on all its interfaces, as one. */
import type { SessionAuthentication } from '@rollcall/api';
import { processMillis, type SenderSessionHandle } from '@rollcall/transport';
import type { MulticastEnd, MulticastPlan, MulticastProgress, MulticastSession } from '../core/ports.ts';
import { FEC_BLOCK_LENGTH, FEC_REPAIR_SYMBOL_COUNT, SESSION_PROGRESS_INTERVAL_MS } from '../limits.ts';
import { summarizeLoss } from './summarize-loss.ts';
import type { SenderTally } from './sender-tally.ts';
import type { SessionKeys } from './session-keys.ts';

interface Sender {
  readonly handle: SenderSessionHandle;
  readonly tally: SenderTally;
}

/** Reed-Solomon over GF(2^8) (RFC 5510 §8). */
const FEC_ENCODING_ID = 5;

export class SenderGroup implements MulticastSession {
  readonly group: { readonly address: string; readonly port: number };
  readonly sourceAddress: string | undefined;
  readonly symbolSize: number;
  readonly fec = {
    encodingId: FEC_ENCODING_ID,
    blockLength: FEC_BLOCK_LENGTH,
    repairSymbolCount: FEC_REPAIR_SYMBOL_COUNT,
  };
  readonly closed: Promise<MulticastEnd>;
  readonly #plan: MulticastPlan;
  readonly #senders: readonly Sender[];
  readonly #keys: SessionKeys;
  #timer: NodeJS.Timeout | undefined;
  #isStarted = false;
  #isEnding = false;

  constructor(
    plan: MulticastPlan,
    senders: readonly Sender[],
    keys: SessionKeys,
    facts: {
      readonly group: { readonly address: string; readonly port: number };
      readonly sourceAddress: string | undefined;
      readonly symbolSize: number;
    },
  ) {
    this.#plan = plan;
    this.#senders = senders;
    this.#keys = keys;
    this.group = facts.group;
    this.sourceAddress = facts.sourceAddress;
    this.symbolSize = facts.symbolSize;
    this.closed = this.#untilClosed();
  }

  authenticationFor(nodeId: number, feedbackRollover: number): SessionAuthentication {
    // Each sender numbers its own messages; a device takes whatever is later than the one that is behind.
    const senderRollover = Math.min(...this.#senders.map(({ tally }) => tally.rollover));
    return this.#keys.forDevice(nodeId, senderRollover, feedbackRollover);
  }

  start(onProgress: (progress: MulticastProgress) => void): void {
    this.#isStarted = true;
    for (const { handle } of this.#senders) {
      for (const { path, ranges, root } of this.#plan.objects) {
        handle.enqueue({ content: { path }, info: Buffer.from(root), ...(ranges === undefined ? {} : { ranges }) });
      }
    }
    this.#timer = setInterval(() => {
      if (this.#senders.some(({ tally }) => tally.hasFailed)) this.end();
      else onProgress(this.#progress());
    }, SESSION_PROGRESS_INTERVAL_MS);
  }

  setRate(bytesPerSecond: number): void {
    const share = Math.max(1, Math.floor((bytesPerSecond * 8) / this.#senders.length));
    for (const { handle } of this.#senders) {
      if (this.#plan.rateControl === 'auto') handle.setRateMax(share);
      else handle.setRate(share);
    }
  }

  pause(): void {
    for (const { handle } of this.#senders) handle.pause();
  }

  resume(): void {
    for (const { handle } of this.#senders) handle.resume();
  }

  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    for (const { handle } of this.#senders) handle.abort();
  }

  /** Without a word to the receivers. */
  async close(): Promise<void> {
    this.#isEnding = true;
    await Promise.allSettled(this.#senders.map(({ handle }) => handle.close()));
  }

  async #untilClosed(): Promise<MulticastEnd> {
    const ends = await Promise.allSettled(this.#senders.map(({ handle }) => handle.ended));
    clearInterval(this.#timer);
    const failures = ends
      .filter((end) => end.status === 'rejected')
      .map(({ reason }) => (reason instanceof Error ? reason.message : String(reason)));
    const complaints = this.#senders.map(({ tally }) => tally.complaint).filter((complaint) => complaint !== undefined);
    return { progress: this.#isStarted ? this.#progress() : undefined, error: failures[0] ?? complaints[0] };
  }

  #progress(): MulticastProgress {
    const tallies = this.#senders.map(({ tally }) => tally);
    const total = (figure: (tally: SenderTally) => number): number =>
      tallies.reduce((sum, tally) => sum + figure(tally), 0);
    const now = processMillis();
    return {
      bytesSent: total((tally) => tally.bytesSent),
      repairBytes: total((tally) => tally.repairBytes),
      nackCount: total((tally) => tally.nackCount),
      unauthenticatedCount: total((tally) => tally.unauthenticatedCount),
      replayedCount: total((tally) => tally.replayedCount),
      // The slowest sender tells how far the content has got.
      contentBytes: Math.min(...tallies.map((tally) => tally.contentBytes)),
      contentSize: tallies[0]?.contentSize ?? 0,
      rateBytesPerSecond: total((tally) => tally.rateBytesPerSecond),
      isAllSent: tallies.every((tally) => tally.isAllSent),
      isFlushed: tallies.every((tally) => tally.isFlushed),
      receivers: tallies.flatMap((tally) =>
        tally.receivers.map((receiver) => ({
          nodeId: receiver.nodeId,
          heardMsAgo: Math.max(0, now - receiver.lastHeardAt),
          askedMsAgo: receiver.lastNackAt === undefined ? undefined : Math.max(0, now - receiver.lastNackAt),
        })),
      ),
      ...summarizeLoss(
        tallies.flatMap((tally) => tally.receivers),
        now,
      ),
      stragglers: tallies.flatMap((tally) => tally.stragglers),
    };
  }
}
