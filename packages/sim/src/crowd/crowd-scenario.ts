import type { FecSetting, Micros } from '@rollcall/norm';
import type { LineRate } from '../bounded-queue.ts';

/** Bursts in which everything is lost, at random instants. */
export interface LossBursts {
  readonly perSecond: number;
  readonly durationMicros: Micros;
  /** They hit all receivers at once, as on a shared line; otherwise each by itself. */
  readonly isShared: boolean;
}

/** One object to many receivers, all alike. */
export interface CrowdScenario {
  readonly seed: number;
  readonly receiverCount: number;
  readonly size: number;
  readonly symbolSize: number;
  readonly fec: FecSetting;
  readonly rateBytesPerSecond: number;
  /** What the sender is told. Default: the number of receivers. */
  readonly groupSize?: number;
  readonly backoffFactor?: number;
  /** Of the datagrams to each receiver, and of its feedback; each by itself. */
  readonly lossRatio: number;
  readonly bursts?: LossBursts;
  /** One way, to the farthest receiver; the nearest has half of it. */
  readonly delayMicros: Micros;
  /** How long a receiver sleeps to take several datagrams at once. */
  readonly napMicros: Micros;
  /** The line from the sender to all. */
  readonly line?: LineRate;
  readonly blockMemoryBytes?: number;
}

export interface CrowdResult {
  readonly completedCount: number;
  /** From the first datagram to the last receiver's last block. */
  readonly durationMicros: Micros;
  /** UDP payload that the sender sent, until the end of transmission was said. */
  readonly sentBytes: number;
  readonly nackCount: number;
  /** Spans of one hold-off of the sender in which NACKs were sent; the first begins with the first NACK. */
  readonly cycleCount: number;
  readonly nacksPerCycleMax: number;
  readonly suppressedCount: number;
  readonly duplicateCount: number;
  readonly datagramCount: number;
  readonly queueDroppedCount: number;
}
