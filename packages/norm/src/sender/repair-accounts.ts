import {
  DEMAND_DENIED_MICROS_MAX,
  DEMAND_DENIED_REQUESTS_MIN,
  DEMAND_FREE_SHARE,
  DEMAND_FREE_SYMBOLS,
  RECEIVERS_TRACKED_MAX,
} from '../limits.ts';
import type { Micros } from '../time.ts';
import type { CongestionReport } from './auto-rate.ts';
import { ProbeLog, type ProbeRecord } from './probe-log.ts';

interface Account {
  /** Datagrams of the sender's that it had not got by its last report. */
  lacking: number;
  /** Symbols that are sent because it asked, and nobody before it. */
  caused: number;
  deniedSince: Micros | undefined;
  deniedCount: number;
}

/** What a receiver may still lack beyond what it reports: it has lost more since. */
const LACKING_MARGIN = 1.25;
/** How much more than most of the others one may lack before serving it is unicast by other means. */
const GROUP_MARGIN = 2;
/** Of the receivers, how many most are: so many together would have to make it up. */
const MOST = 0.75;
/** With fewer there is nobody to compare with. */
const GROUP_MIN = 3;
/** The comparison looks at every receiver, and changes slowly. */
const COMPARED_EVERY_MICROS = 250_000;

/**
 * Bounds the repair that one receiver alone can cause: to what it can lack by its own reports, and to little more than
 * what most of the others lack. Beyond, its requests change nothing, and if it goes on, it is cut off.
 *
 * So no member makes the sender send much more than it would, whatever it asks for. Who really lacks more than all the
 * others loses nothing by it: repair that only one needs costs by multicast what it costs by unicast, which it gets.
 */
export class RepairAccounts {
  readonly #accounts = new Map<number, Account>();
  readonly #probes = new ProbeLog();
  #mostLack = Infinity;
  #comparedAt: Micros | undefined;

  onProbe(probe: ProbeRecord): void {
    this.#probes.add(probe);
  }

  /** A receiver told how much of what was sent by a probe it had got. */
  onReport({ nodeId, feedback, reception }: CongestionReport): void {
    const probe = this.#probes.get(feedback.ccSequence);
    if (probe === undefined || reception === undefined) return;
    this.#accountOf(nodeId).lacking = Math.max(0, probe.datagramCount - reception.datagramCount);
  }

  /** How many symbols this receiver's next request may add. */
  allowance(now: Micros, nodeId: number, sentSymbolCount: number): number {
    const { lacking, caused } = this.#accountOf(nodeId);
    const free = Math.max(DEMAND_FREE_SYMBOLS, DEMAND_FREE_SHARE * sentSymbolCount);
    const own = LACKING_MARGIN * lacking;
    const group = GROUP_MARGIN * this.#groupLack(now);
    return Math.max(0, Math.floor(free + Math.min(own, group) - caused));
  }

  /**
   * It asked, and so much was added; `wasDenied`: not all that it wanted. Returns whether it has now asked for so long for
   * what it cannot have that it is to be cut off.
   */
  onRequested(now: Micros, nodeId: number, added: number, wasDenied: boolean): boolean {
    const account = this.#accountOf(nodeId);
    account.caused += added;
    if (!wasDenied) {
      account.deniedSince = undefined;
      account.deniedCount = 0;
      return false;
    }
    account.deniedSince ??= now;
    account.deniedCount += 1;
    return account.deniedCount >= DEMAND_DENIED_REQUESTS_MIN && now - account.deniedSince >= DEMAND_DENIED_MICROS_MAX;
  }

  forget(nodeId: number): void {
    this.#accounts.delete(nodeId);
  }

  #accountOf(nodeId: number): Account {
    let account = this.#accounts.get(nodeId);
    if (account === undefined) {
      account = { lacking: 0, caused: 0, deniedSince: undefined, deniedCount: 0 };
      if (this.#accounts.size < RECEIVERS_TRACKED_MAX) this.#accounts.set(nodeId, account);
    }
    return account;
  }

  /** What most receivers lack no more than. */
  #groupLack(now: Micros): number {
    if (this.#accounts.size < GROUP_MIN) return Infinity;
    if (this.#comparedAt === undefined || now - this.#comparedAt >= COMPARED_EVERY_MICROS) {
      this.#comparedAt = now;
      const lacks = Float64Array.from(this.#accounts.values(), ({ lacking }) => lacking).sort();
      this.#mostLack = lacks[Math.floor(MOST * (lacks.length - 1))]!;
    }
    return this.#mostLack;
  }
}
