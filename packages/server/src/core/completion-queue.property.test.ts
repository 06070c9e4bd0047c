import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SimulatedLine, compare, type LineDevice, type LineScenario } from '../../test/simulated-line.ts';
import { CompletionQueue } from './completion-queue.ts';
import type { Candidate } from './slot-leases.ts';

/** Clients in virtual time that do what they are told: ask, fetch for a while, or come again when they were told to. */
function run(
  clients: readonly { weight: number; lastCompletionAt: number; askAt: number; serviceMs: number }[],
  slots: number,
) {
  const queue = new CompletionQueue({ slots, bytesPerSecond: undefined, leaseMs: 20_000 });
  const agenda: { at: number; act: (now: number) => void }[] = [];
  const started: number[] = [];
  const waitsUntold: number[] = [];
  let inFlightMost = 0;
  const ask = (index: number) => (now: number) => {
    const { weight, lastCompletionAt } = clients[index]!;
    const candidate: Candidate = {
      taskId: 't',
      deviceId: String(index),
      siteId: 's',
      weight,
      lastCompletionAt,
      bytesMissing: 1000,
      isCallable: false,
    };
    queue.ask(candidate, clients.length - started.length, now);
  };
  clients.forEach(({ askAt }, index) => agenda.push({ at: askAt, act: ask(index) }));
  let now = 0;
  for (let step = 0; step < 100_000 && started.length < clients.length; step += 1) {
    const due = Math.min(queue.pollTimeout() ?? Infinity, ...agenda.map(({ at }) => at));
    assert.ok(Number.isFinite(due), 'somebody waits for nothing');
    now = Math.max(now, due);
    for (const entry of agenda.filter(({ at }) => at <= now)) {
      agenda.splice(agenda.indexOf(entry), 1);
      entry.act(now);
    }
    const { granted, dismissed, lapsed } = queue.poll(now);
    assert.deepEqual(lapsed, []);
    inFlightMost = Math.max(inFlightMost, queue.inFlight);
    for (const { deviceId } of granted) {
      const index = Number(deviceId);
      started.push(index);
      agenda.push({ at: now + clients[index]!.serviceMs, act: (at) => void queue.release('t', deviceId, at) });
    }
    for (const { candidate, retryAfterMs } of dismissed) {
      if (retryAfterMs < 1000) waitsUntold.push(retryAfterMs);
      agenda.push({ at: now + retryAfterMs, act: ask(Number(candidate.deviceId)) });
    }
  }
  return { started, inFlightMost, waitsUntold, now };
}

const clients = fc.array(
  fc.record({
    weight: fc.integer({ min: 0, max: 3 }),
    lastCompletionAt: fc.integer({ min: 0, max: 1000 }),
    askAt: fc.integer({ min: 0, max: 399 }),
    serviceMs: fc.integer({ min: 1, max: 15_000 }),
  }),
  { minLength: 1, maxLength: 60 },
);

test('everybody is served once, never more at a time than there are slots, and nobody is left without a time', () => {
  fc.assert(
    fc.property(clients, fc.integer({ min: 1, max: 8 }), (all, slots) => {
      const { started, inFlightMost, waitsUntold } = run(all, slots);
      assert.equal(new Set(started).size, all.length);
      assert.equal(started.length, all.length);
      assert.ok(inFlightMost <= slots);
      assert.deepEqual(waitsUntold, []);
    }),
    { numRuns: 100 },
  );
});

test('who ask within one gathering start in order of weight, then oldest completion, when they can be served while they wait', () => {
  fc.assert(
    fc.property(clients, fc.integer({ min: 1, max: 8 }), (all, slots) => {
      // Fewer than there are slots have nothing to wait for.
      fc.pre(all.length > slots);
      const quick = all.map((client) => ({ ...client, serviceMs: 1 + (client.serviceMs % 50) }));
      const { started } = run(quick, slots);
      const rank = (index: number) => [-quick[index]!.weight, quick[index]!.lastCompletionAt] as const;
      started.slice(1).forEach((index, position) => {
        const [weight, last] = rank(index);
        const [weightBefore, lastBefore] = rank(started[position]!);
        assert.ok(weightBefore < weight || (weightBefore === weight && lastBefore <= last));
      });
    }),
    { numRuns: 100 },
  );
});

const SEEDS = 3;
const SLOTS = 8;
const USUAL: Omit<LineScenario, 'seed'> = {
  devices: 1000,
  capacity: { slots: SLOTS, bytesPerSecond: undefined, leaseMs: 20_000 },
  askWithinMs: 900,
  latencyMs: [2, 60],
  slow: { share: 0.03, factor: 20 },
  streamShare: 0.85,
  lostCallShare: 0.02,
  vanishShare: 0.02,
  fetchMs: [30, 600],
  long: { share: 0.005, ms: 30_000 },
};

/** What is allowed beyond what the scenario makes of it. */
const LINES: Readonly<
  Record<string, { readonly scenario: Omit<LineScenario, 'seed'>; readonly requestsMean: number }>
> = {
  'on a quiet network': { scenario: USUAL, requestsMean: 4 },
  'on busy machines, that notice a call after seconds': {
    scenario: { ...USUAL, latencyMs: [200, 1200], slow: { share: 0.05, factor: 4 } },
    requestsMean: 5,
  },
  'without event streams': { scenario: { ...USUAL, streamShare: 0 }, requestsMean: 5 },
  'of whom a third vanishes': { scenario: { ...USUAL, vanishShare: 0.33 }, requestsMean: 6 },
  'with downloads of minutes': {
    scenario: { ...USUAL, devices: 200, fetchMs: [20_000, 120_000] },
    requestsMean: 10,
  },
};

for (const [name, { scenario, requestsMean }] of Object.entries(LINES)) {
  test(`a line of ${scenario.devices} devices ${name}`, () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const line = new SimulatedLine({ ...scenario, seed }).run(4 * 3_600_000);
      const live = line.devices.filter(({ vanishes }) => vanishes === undefined);
      const said = `seed ${seed}`;
      assert.ok(line.inFlightMost <= SLOTS, said);
      assert.deepEqual(idsOf(live.filter(({ doneAt }) => doneAt === undefined)), [], `${said}: never served`);
      assert.deepEqual(
        idsOf(live.filter(({ refusals }) => refusals > 0)),
        [],
        `${said}: lost its slot while it worked`,
      );
      assert.deepEqual(line.overtakers, [], `${said}: served before a better one whose request was open`);
      // A call that gets lost costs its grace, one that is noticed late its delay; with many slots, little of the time.
      assert.ok(
        Math.max(0, ...line.idleSpans) < 6_000,
        `${said}: a slot was free for ${Math.max(...line.idleSpans)} ms`,
      );
      const idleMs = line.idleSpans.reduce((sum, span) => sum + span, 0);
      assert.ok(idleMs < 0.05 * line.now, `${said}: a slot was free for ${idleMs} of ${line.now} ms`);
      const requests = live.map((device) => device.requests);
      const mean = requests.reduce((sum, count) => sum + count, 0) / live.length;
      assert.ok(mean <= requestsMean, `${said}: ${mean} requests each`);
      for (const device of live) {
        assert.ok(device.requests <= requestsMostOf(device), `${said}: ${device.id} asked ${device.requests} times`);
      }
      assertHonest(line, said);
    }
  });
}

test('in a line that can be woken, nobody is served much before or after its turn', () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const sound = { streamShare: 1, lostCallShare: 0, vanishShare: 0, slow: { share: 0, factor: 1 } };
    const line = new SimulatedLine({ ...USUAL, ...sound, seed }).run(600_000);
    const place = new Map([...line.devices].sort(compare).map(({ id }, index) => [id, index]));
    const displaced = line.started.map(({ id }, index) => Math.abs(place.get(id)! - index));
    assert.ok(line.fetchingMost <= SLOTS, `seed ${seed}: ${line.fetchingMost} at once`);
    const perSecond = line.devices.length / (line.now / 1000);
    // They are called two seconds ahead, and come in any order.
    assert.ok(Math.max(...displaced) < 4 * perSecond, `seed ${seed}: ${Math.max(...displaced)} at ${perSecond}/s`);
  }
});

function idsOf(devices: readonly LineDevice[]): string[] {
  return devices.map(({ id }) => id);
}

/** Far behind, about two requests a minute at most; then at half of the time that is left, and at the front every few seconds. */
function requestsMostOf({ grantedAt }: LineDevice): number {
  return 12 + grantedAt! / 30_000;
}

/** Nobody is sent away for much longer than it then had to wait, nor beyond the bounds. */
function assertHonest({ devices }: SimulatedLine, said: string): void {
  for (const { id, told, hasStream, grantedAt } of devices) {
    for (const { at, retryAfterMs } of told) {
      assert.ok(retryAfterMs >= 1_000 && retryAfterMs <= (hasStream ? 300_000 : 60_000), `${said}: ${retryAfterMs} ms`);
      if (grantedAt === undefined || hasStream) continue;
      const leftMs = grantedAt - at;
      assert.ok(
        retryAfterMs <= leftMs + 1_000,
        `${said}: ${id} was told ${retryAfterMs} ms, ${leftMs} ms before its turn`,
      );
    }
  }
}
