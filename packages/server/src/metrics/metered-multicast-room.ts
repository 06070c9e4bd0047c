/** The multicast room with its counts: what each session's totals grew by since it last told them. */
import type { MulticastPlan, MulticastProgress, MulticastRoom, MulticastSession } from '../core/ports.ts';
import type { Metrics } from './metrics.ts';

type Totals = Pick<
  MulticastProgress,
  'bytesSent' | 'repairBytes' | 'nackCount' | 'unauthenticatedCount' | 'replayedCount'
>;

export class MeteredMulticastRoom implements MulticastRoom {
  readonly #room: MulticastRoom;
  readonly #metrics: Metrics;

  constructor(room: MulticastRoom, metrics: Metrics) {
    this.#room = room;
    this.#metrics = metrics;
  }

  async open(plan: MulticastPlan): Promise<MulticastSession> {
    const session = await this.#room.open(plan);
    const meter = new SessionMeter(this.#metrics);
    return {
      group: session.group,
      sourceAddress: session.sourceAddress,
      symbolSize: session.symbolSize,
      fec: session.fec,
      authenticationFor: (nodeId, feedbackRollover) => session.authenticationFor(nodeId, feedbackRollover),
      start: (onProgress) =>
        session.start((progress) => {
          meter.note(progress, progress.rateBytesPerSecond);
          onProgress(progress);
        }),
      setRate: (bytesPerSecond) => session.setRate(bytesPerSecond),
      pause: () => session.pause(),
      resume: () => session.resume(),
      end: () => session.end(),
      closed: session.closed.then((end) => {
        meter.note(end.progress, 0);
        return end;
      }),
    };
  }

  close(): Promise<void> {
    return this.#room.close();
  }
}

class SessionMeter {
  readonly #metrics: Metrics;
  #last: Totals = { bytesSent: 0, repairBytes: 0, nackCount: 0, unauthenticatedCount: 0, replayedCount: 0 };
  #rate = 0;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  note(totals: Totals | undefined, rate: number): void {
    const { sentBytes, repairBytes, nacks, droppedDatagrams, multicastRate } = this.#metrics;
    multicastRate.inc(rate - this.#rate);
    this.#rate = rate;
    if (totals === undefined) return;
    const grown = (figure: keyof Totals): number => Math.max(0, totals[figure] - this.#last[figure]);
    sentBytes.inc({ path: 'multicast' }, grown('bytesSent'));
    repairBytes.inc(grown('repairBytes'));
    nacks.inc(grown('nackCount'));
    droppedDatagrams.inc({ reason: 'unauthenticated' }, grown('unauthenticatedCount'));
    droppedDatagrams.inc({ reason: 'replayed' }, grown('replayedCount'));
    this.#last = totals;
  }
}
