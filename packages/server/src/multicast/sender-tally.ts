/** What one sender has done so far, put together from its events. No clock of its own: times are the events'. */
import type { ReceiverFeedbackReport, SenderProgress, SenderSessionEvent } from '@rollcall/transport';
import type { MulticastObject, Straggler } from '../core/ports.ts';

export class SenderTally {
  readonly contentSize: number;
  readonly #unsent: Set<number>;
  readonly #symbolSize: number;
  readonly #symbolCountBeforeContent: number;
  #progress: SenderProgress | undefined;
  #receivers: readonly ReceiverFeedbackReport[] = [];
  readonly #stragglers: Straggler[] = [];
  #isFlushed = false;
  #failure: string | undefined;
  #trouble: string | undefined;

  constructor(objects: readonly MulticastObject[], symbolSize: number) {
    this.#symbolSize = symbolSize;
    this.#unsent = new Set(objects.map(({ toi }) => toi));
    this.contentSize = sum(objects.filter(({ role }) => role === 'content').map(bytesToSend));
    this.#symbolCountBeforeContent = sum(
      objects.filter(({ role }) => role !== 'content').map((object) => Math.ceil(bytesToSend(object) / symbolSize)),
    );
  }

  onEvent(event: SenderSessionEvent): void {
    switch (event.type) {
      case 'progress':
        this.#progress = event;
        return;
      case 'feedback':
        this.#receivers = event.receivers;
        return;
      case 'objectSent':
        this.#unsent.delete(event.toi);
        return;
      case 'objectFailed':
        this.#failure = event.failure.message;
        return;
      case 'repairRequested':
        this.#isFlushed = false;
        return;
      case 'flushCompleted':
        this.#isFlushed = true;
        return;
      case 'stragglerFound': {
        const { nodeId, lossRatio, groupLossRatio } = event;
        this.#stragglers.push({ nodeId, reason: 'loss', lossRatio, groupLossRatio });
        return;
      }
      case 'demandExceeded':
        this.#stragglers.push({ nodeId: event.nodeId, reason: 'demand', lossRatio: null, groupLossRatio: null });
        return;
      case 'networkTrouble':
        this.#trouble = event.reason;
        return;
      default:
        return;
    }
  }

  get bytesSent(): number {
    const progress = this.#progress;
    if (progress === undefined) return 0;
    return progress.dataBytes + progress.repairBytes + progress.infoBytes + progress.commandBytes;
  }

  /** How often its sequence has rolled over. */
  get rollover(): number {
    return this.#progress?.rollover ?? 0;
  }

  get repairBytes(): number {
    return this.#progress?.repairBytes ?? 0;
  }

  get nackCount(): number {
    return this.#progress?.nackCount ?? 0;
  }

  get unauthenticatedCount(): number {
    return this.#progress?.unauthenticatedCount ?? 0;
  }

  get replayedCount(): number {
    return this.#progress?.replayedCount ?? 0;
  }

  get rateBytesPerSecond(): number {
    return (this.#progress?.rateBitsPerSecond ?? 0) / 8;
  }

  /** Source symbols that were sent once, as bytes of content. */
  get contentBytes(): number {
    const symbols = (this.#progress?.dataCount ?? 0) - this.#symbolCountBeforeContent;
    return Math.min(this.contentSize, Math.max(0, symbols) * this.#symbolSize);
  }

  get isAllSent(): boolean {
    return this.#unsent.size === 0;
  }

  get isFlushed(): boolean {
    return this.isAllSent && this.#isFlushed;
  }

  get receivers(): readonly ReceiverFeedbackReport[] {
    return this.#receivers;
  }

  get stragglers(): readonly Straggler[] {
    return this.#stragglers;
  }

  /** A source that could not be read, or a network that refuses packets. */
  get complaint(): string | undefined {
    return this.#failure ?? this.#trouble;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }
}

function bytesToSend(object: MulticastObject): number {
  return object.ranges === undefined ? object.size : sum(object.ranges.map(({ length }) => length));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
