/** The bytes of a content at the rate that all unicast shares, as fast as the reader takes them. */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenBucket } from '../core/token-bucket.ts';

export function pacedStream(
  chunks: AsyncIterable<Uint8Array>,
  bucket: TokenBucket | undefined,
  now: () => number,
  onSent: (bytes: number) => void,
): Readable {
  return Readable.from(pace(chunks, bucket, now, onSent), { objectMode: false, highWaterMark: 256 * 1024 });
}

async function* pace(
  chunks: AsyncIterable<Uint8Array>,
  bucket: TokenBucket | undefined,
  now: () => number,
  onSent: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const waitMs = bucket?.take(chunk.length, now()) ?? 0;
    if (waitMs >= 1) await sleep(waitMs);
    onSent(chunk.length);
    yield chunk;
  }
}
