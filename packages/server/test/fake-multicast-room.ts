/** The multicast room's twin in memory: nothing is sent; the test says how the session goes. */
import {
  MulticastError,
  type MulticastEnd,
  type MulticastPlan,
  type MulticastProgress,
  type MulticastRoom,
  type MulticastSession,
} from '../src/core/ports.ts';

export class FakeMulticastRoom implements MulticastRoom {
  readonly sessions: FakeMulticastSession[] = [];
  /** Why this network cannot; undefined: it can. */
  refusal: string | undefined;

  async open(plan: MulticastPlan): Promise<FakeMulticastSession> {
    if (this.refusal !== undefined) throw new MulticastError(this.refusal);
    const session = new FakeMulticastSession(plan);
    this.sessions.push(session);
    return session;
  }

  async close(): Promise<void> {
    for (const session of this.sessions) session.end();
  }
}

export class FakeMulticastSession implements MulticastSession {
  readonly plan: MulticastPlan;
  readonly group: { readonly address: string; readonly port: number };
  readonly sourceAddress = undefined;
  readonly symbolSize = 1452;
  readonly fec = { encodingId: 5, blockLength: 128, repairSymbolCount: 64 };
  readonly closed: Promise<MulticastEnd>;
  isStarted = false;
  isPaused = false;
  /** Its last messages take their time: it closes when it is told to. */
  isSlowToClose = false;
  rate: number;
  #onProgress: ((progress: MulticastProgress) => void) | undefined;
  #close!: (end: MulticastEnd) => void;
  #progress: MulticastProgress | undefined;

  constructor(plan: MulticastPlan) {
    this.plan = plan;
    this.rate = plan.rateBytesPerSecond;
    this.group = { address: plan.group.address ?? '192.0.2.255', port: plan.group.port };
    this.closed = new Promise((resolve) => (this.#close = resolve));
  }

  authenticationFor(nodeId: number, feedbackRollover: number) {
    const feedbackKey = nodeId.toString(16).padStart(32, '0');
    const keys = { scheme: 'nh-siphash-2-4-128' as const, senderKey: '0'.repeat(32), feedbackKey };
    return { ...keys, senderRollover: 0, feedbackRollover };
  }

  start(onProgress: (progress: MulticastProgress) => void): void {
    this.isStarted = true;
    this.#onProgress = onProgress;
  }

  /** Says how far it is. */
  tell(change: Partial<MulticastProgress>): void {
    this.#progress = {
      bytesSent: 1000,
      repairBytes: 10,
      nackCount: 0,
      unauthenticatedCount: 0,
      replayedCount: 0,
      contentBytes: 900,
      contentSize: 900,
      rateBytesPerSecond: this.rate,
      isAllSent: false,
      isFlushed: false,
      receivers: [],
      lossRatioMean: null,
      lossRatioMax: null,
      stragglers: [],
      ...change,
    };
    this.#onProgress?.(this.#progress);
  }

  setRate(bytesPerSecond: number): void {
    this.rate = bytesPerSecond;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    if (!this.isSlowToClose) this.close();
  }

  close(): void {
    this.#close({ progress: this.#progress, error: undefined });
  }

  fail(error: string): void {
    this.#close({ progress: this.#progress, error });
  }
}
