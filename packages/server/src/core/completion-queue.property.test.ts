import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CompletionQueue, type Candidate } from './completion-queue.ts';

/** Clients in virtual time that do what they are told: ask, fetch for a while, or come again when they were told to. */
function run(
  clients: readonly { weight: number; lastCompletionAt: number; askAt: number; serviceMs: number }[],
  slots: number,
) {
  const queue = new CompletionQueue({ slots, slotsPerSite: slots, bytesPerSecond: 1e9, leaseMs: 20_000 });
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
