import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pacedStream, unicastPace } from './paced-stream.ts';

test('at a low rate each of the slots gets something every second', async () => {
  const pace = unicastPace(100_000, 8);
  // The burst is gone.
  pace.bucket.take(64 * 1024, performance.now());
  async function* content() {
    yield new Uint8Array(256 * 1024);
  }
  const began = performance.now();
  const streams = Array.from({ length: 8 }, () =>
    pacedStream(
      content(),
      pace,
      () => performance.now(),
      () => undefined,
    ),
  );
  await Promise.all(streams.map((stream) => new Promise((resolve) => stream.once('data', resolve))));
  const elapsed = performance.now() - began;
  for (const stream of streams) stream.destroy();
  assert.ok(elapsed < 1_500, `${elapsed} ms`);
});
