import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DatagramBatch, Micros, Session } from '@rollcall/norm';
import { Random } from '@rollcall/norm';
import { Link } from './link.ts';
import { Network } from './network.ts';

const PERFECT = { lossRatio: 0, lossBurst: 1, duplicateRatio: 0, delayMicros: 10, jitterMicros: 0 };
const PAYLOAD_BYTES = 1000;
const DATAGRAM_COUNT = 200;

/** Sends a datagram each millisecond, and hears others'. */
class Beacon implements Session<never> {
  readonly heardAt: Micros[] = [];
  #leftCount: number;
  #nextAt: Micros = 0;

  constructor(count: number) {
    this.#leftCount = count;
  }

  handleDatagrams(now: Micros): void {
    this.heardAt.push(now);
  }

  handleTimeout(): void {}

  pollTransmit(now: Micros, batch: DatagramBatch): number {
    if (this.#leftCount === 0 || now < this.#nextAt) return 0;
    this.#leftCount -= 1;
    this.#nextAt = now + 1000;
    batch.append(PAYLOAD_BYTES, 0);
    return 1;
  }

  pollTimeout(): Micros | undefined {
    return this.#leftCount === 0 ? undefined : this.#nextAt;
  }

  pollEvent(): undefined {
    return undefined;
  }
}

test('a node that does not get to run hears afterwards what its socket could hold, and no more', () => {
  const network = new Network(0, PAYLOAD_BYTES, () => '');
  const link = (): Link => new Link(PERFECT, [], new Random(1));
  const attach = (name: string, session: Beacon, stalls: { from: Micros; until: Micros }[]): void => {
    network.attach({ name, session, uplink: link(), downlink: link(), isMember: true, onEvents: () => {}, stalls });
  };
  const hearer = new Beacon(0);
  attach('hearer', hearer, [{ from: 50_000, until: 180_000 }]);
  attach('beacon', new Beacon(DATAGRAM_COUNT), []);
  network.run(1_000_000, () => false);
  const within = (from: Micros, until: Micros): number =>
    hearer.heardAt.filter((at) => at >= from && at < until).length;
  assert.deepEqual([within(0, 50_000), within(50_000, 180_000), within(180_001, 1_000_000)], [50, 0, 20]);
  // Of the 130 that came while it stalled, the 106 for which there was room.
  assert.equal(within(180_000, 180_001), 106);
});
