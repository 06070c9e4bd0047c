import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countLeaves } from '@rollcall/api';
import fc from 'fast-check';
import { chooseLeaves } from './choose-leaves.ts';
import { LeafAssembler } from './leaf-assembler.ts';
import { TokenBucket } from './token-bucket.ts';

test('leaves come out whole and in order, however the stream is cut', () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 95 }), pieces, (size, cuts) => {
      const content = { size, leafSize: 10 };
      const leafCount = Math.ceil(size / 10);
      const ranges = Array.from({ length: leafCount }, (_, leaf) => [leaf, 1] as const).filter(
        ([leaf]) => leaf % 3 !== 1,
      );
      const bytes = Uint8Array.from({ length: size }, (_, index) => index);
      const wanted = ranges.map(([leaf]) => [...bytes.subarray(leaf * 10, leaf * 10 + 10)]);
      const stream = Uint8Array.from(wanted.flat());
      const assembler = new LeafAssembler(content, ranges);
      const found: number[][] = [];
      for (let offset = 0, cut = 0; offset < stream.length; cut += 1) {
        const length = cuts[cut % cuts.length]!;
        for (const leaf of assembler.push(stream.subarray(offset, offset + length))) found.push([...leaf.bytes]);
        offset += length;
      }
      assert.deepEqual(found, wanted);
      assert.equal(assembler.isWhole, true);
      assert.throws(() => [...assembler.push(Uint8Array.of(1))], /more than was asked for/);
    }),
  );
});

test('a request takes the first missing leaves, at least one and not more than it may carry', () => {
  assert.deepEqual(
    chooseLeaves(
      [
        [0, 100],
        [200, 1000],
      ],
      65_536,
    ),
    [
      [0, 100],
      [200, 156],
    ],
  );
  assert.deepEqual(chooseLeaves([[7, 100]], 32 * 1024 * 1024), [[7, 1]]);
  assert.deepEqual(chooseLeaves([], 65_536), []);
  const gaps = Array.from({ length: 10_000 }, (_, index) => [2 * index, 1] as const);
  assert.equal(countLeaves(chooseLeaves(gaps, 1024)), 4096);
});

test('a bucket keeps the rate over any schedule, but for the burst', () => {
  const steps = fc.array(fc.record({ pause: fc.nat(500), bytes: fc.integer({ min: 1, max: 100_000 }) }));
  fc.assert(
    fc.property(steps, (steps) => {
      const bucket = new TokenBucket(100_000, 200);
      let now = 0;
      let taken = 0;
      let idle = 0;
      for (const { pause, bytes } of steps) {
        now += pause;
        idle += pause;
        taken += bytes;
        now += bucket.take(now, bytes);
        assert.ok(taken <= (now + 200) * 100 + 1e-6);
      }
      assert.ok(now <= idle + taken / 100 + 1e-6);
    }),
  );
});
