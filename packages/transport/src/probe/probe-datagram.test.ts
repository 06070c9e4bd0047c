import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answerKeyOf, encodeProbe, isProbeAuthentic, PROBE_HEADER_BYTES, readProbe } from './probe-datagram.ts';
import { ProbeTally } from './probe-tally.ts';

const KEY = Buffer.alloc(32, 1);
const datagrams = fc.record(
  {
    kind: fc.constantFrom('probe' as const, 'answer' as const),
    path: fc.constantFrom('multicast' as const, 'broadcast' as const),
    sizeIndex: fc.integer({ min: 0, max: 255 }),
    number: fc.integer({ min: 0, max: 0xffffffff }),
    sequence: fc.integer({ min: 0, max: 0xffffffff }),
  },
  { noNullPrototype: true },
);

test('what is written is read, and has its size', () => {
  fc.assert(
    fc.property(datagrams, fc.integer({ min: 0, max: 1472 }), (datagram, size) => {
      const bytes = encodeProbe(datagram, size, KEY);
      assert.equal(bytes.length, Math.max(PROBE_HEADER_BYTES, size));
      assert.deepEqual(readProbe(bytes), datagram);
      assert.ok(isProbeAuthentic(bytes, KEY));
    }),
  );
});

test('any bit that is changed, cut off or added is noticed', () => {
  fc.assert(
    fc.property(datagrams, fc.nat(), fc.integer({ min: 0, max: 7 }), (datagram, at, bit) => {
      const bytes = encodeProbe(datagram, 64, KEY);
      const changed = bytes.slice();
      changed[at % bytes.length]! ^= 1 << bit;
      assert.ok(!isProbeAuthentic(changed, KEY));
      assert.ok(!isProbeAuthentic(bytes.subarray(0, at % bytes.length), KEY));
      assert.ok(!isProbeAuthentic(Buffer.concat([bytes, Buffer.alloc(1)]), KEY));
      assert.ok(!isProbeAuthentic(bytes, answerKeyOf(KEY, 1)));
    }),
  );
});

test('any bytes are read or refused, and none of another version', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => assert.doesNotThrow(() => readProbe(bytes))));
  const bytes = encodeProbe({ kind: 'probe', path: 'multicast', sizeIndex: 0, number: 0, sequence: 0 }, 64, KEY);
  bytes[4] = 2;
  assert.equal(readProbe(bytes), undefined);
});

test('each device has an answer key of its own', () => {
  assert.notDeepEqual(answerKeyOf(KEY, 1), answerKeyOf(KEY, 2));
});

test('a datagram counts once, and answers are bounded in number and in time', () => {
  const tally = new ProbeTally({ sizeCount: 2, datagramCount: 100, answersMax: 3, answerSpacingMs: 100 }, 0);
  assert.deepEqual(tally.heard(50), { received: [0, 0], answersSent: 0, heardForMs: 0, silentForMs: 50 });
  const answered = Array.from({ length: 100 }, (_, sequence) =>
    tally.note({ sizeIndex: sequence % 2, sequence }, 1000 + sequence * 10),
  ).filter(Boolean);
  assert.equal(answered.length, 3);
  for (let sequence = 0; sequence < 200; sequence += 1) assert.ok(!tally.note({ sizeIndex: 0, sequence }, 5000));
  assert.ok(!tally.note({ sizeIndex: 2, sequence: 1 }, 5000));
  assert.deepEqual(tally.heard(2990), { received: [50, 50], answersSent: 3, heardForMs: 990, silentForMs: 1000 });
});
