import type { Micros } from '../time.ts';

/** Who loses less is served like everybody: a room with bad links has receivers that lose so much for a while. */
const LOSS_MIN = 0.25;
/** What serving it would stretch the transmission by, for everybody: by the ratio of what arrives, with it and without. */
const STRETCH_MIN = 1.4;
/** At most so many of those that report, and one in any case: when more lose much, it is the room and not they. */
const SHARE_MAX = 0.25;
/** A burst of loss, a machine that hangs: what is over by then makes nobody a straggler. */
const SUSTAINED_MICROS = 500_000;
const REPORTS_MIN = 3;
/** One report among many says little: their running average forgets within such a time. */
const SMOOTHING_MICROS = 200_000;
/** So long after its last bad report one that is left to unicast is still told as a suspect: between, few datagrams say little. */
const SUSPICION_MICROS = 2_000_000;
/** The group's losses are kept in classes of one percent, so that a report costs the same in a group of any size. */
const CLASS_COUNT = 101;

interface Reporter {
  loss: number;
  reportedAt: Micros;
  badSince: Micros | undefined;
  badReports: number;
  /** The most that it lost while it was as bad, and when it was so last. */
  badLoss: number;
  badAt: Micros;
}

/** Why a receiver is one: what it loses, and what the worst of those loses that set the pace. */
export interface StragglerFinding {
  readonly lossRatio: number;
  readonly groupLossRatio: number;
}

/**
 * Tells which receivers are far worse than the rest, from the loss that each reports: those that alone would make the
 * transmission longer for everybody. Once found, a receiver stays one: what it was not given meanwhile is more than what
 * repair is meant for.
 */
export class StragglerPolicy {
  readonly #reporters = new Map<number, Reporter>();
  readonly #countByClass = new Uint32Array(CLASS_COUNT);
  readonly #stragglers = new Set<number>();

  has(nodeId: number): boolean {
    return this.#stragglers.has(nodeId);
  }

  /** Lately it lost as much as a straggler does: it becomes one, or what it suffers from passes. */
  isSuspect(nodeId: number): boolean {
    return this.#reporters.get(nodeId)?.badSince !== undefined;
  }

  get count(): number {
    return this.#stragglers.size;
  }

  /** A receiver told its loss. Returns the finding that makes it a straggler, once. */
  onLossReported(now: Micros, nodeId: number, lossRatio: number): StragglerFinding | undefined {
    const reporter = this.#smooth(now, nodeId, lossRatio);
    if (this.#stragglers.has(nodeId)) return undefined;
    const groupLossRatio = this.#pacesetterLoss();
    const { loss } = reporter;
    if (groupLossRatio === undefined || loss < LOSS_MIN || 1 - groupLossRatio < STRETCH_MIN * (1 - loss)) {
      reporter.badSince = undefined;
      reporter.badReports = 0;
      return undefined;
    }
    reporter.badSince ??= now;
    reporter.badReports += 1;
    reporter.badLoss = Math.max(loss, now - reporter.badAt > SUSPICION_MICROS ? 0 : reporter.badLoss);
    reporter.badAt = now;
    if (now - reporter.badSince < SUSTAINED_MICROS || reporter.badReports < REPORTS_MIN) return undefined;
    this.#stragglers.add(nodeId);
    return { lossRatio: loss, groupLossRatio };
  }

  /** It is left to unicast for what it asks: who lately was a suspect is then a straggler without waiting for more reports. */
  findSuspect(now: Micros, nodeId: number): StragglerFinding | undefined {
    const reporter = this.#reporters.get(nodeId);
    const groupLossRatio = this.#pacesetterLoss();
    if (reporter === undefined || groupLossRatio === undefined || this.#stragglers.has(nodeId)) return undefined;
    if (now - reporter.badAt > SUSPICION_MICROS) return undefined;
    this.#stragglers.add(nodeId);
    return { lossRatio: reporter.badLoss, groupLossRatio };
  }

  /** Nobody remembers this receiver any more. */
  forget(nodeId: number): void {
    const reporter = this.#reporters.get(nodeId);
    if (reporter === undefined) return;
    this.#countByClass[classOf(reporter.loss)]! -= 1;
    this.#reporters.delete(nodeId);
    this.#stragglers.delete(nodeId);
  }

  #smooth(now: Micros, nodeId: number, lossRatio: number): Reporter {
    let reporter = this.#reporters.get(nodeId);
    if (reporter === undefined) {
      reporter = { loss: lossRatio, reportedAt: now, badSince: undefined, badReports: 0, badLoss: 0, badAt: -Infinity };
      this.#reporters.set(nodeId, reporter);
    } else {
      this.#countByClass[classOf(reporter.loss)]! -= 1;
      const weight = 1 - Math.exp((reporter.reportedAt - now) / SMOOTHING_MICROS);
      reporter.loss += (lossRatio - reporter.loss) * weight;
      reporter.reportedAt = now;
    }
    this.#countByClass[classOf(reporter.loss)]! += 1;
    return reporter;
  }

  /** What the worst loses of those that are served in any case. Undefined: there is nobody to compare with. */
  #pacesetterLoss(): number | undefined {
    const count = this.#reporters.size;
    if (count < 2) return undefined;
    let passed = Math.max(1, Math.floor(count * SHARE_MAX));
    for (let index = CLASS_COUNT - 1; index >= 0; index -= 1) {
      passed -= this.#countByClass[index]!;
      if (passed < 0) return index / (CLASS_COUNT - 1);
    }
    return undefined;
  }
}

function classOf(loss: number): number {
  return Math.min(CLASS_COUNT - 1, Math.max(0, Math.round(loss * (CLASS_COUNT - 1))));
}
