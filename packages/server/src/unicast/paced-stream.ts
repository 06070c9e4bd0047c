/** The bytes of a content at the rate that all unicast shares, as fast as the reader takes them. */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { TokenBucket } from '../core/token-bucket.ts';

export interface UnicastPace {
  readonly bucket: TokenBucket;
  /** What is sent at once. */
  readonly pieceBytes: number;
}

/** In pieces so small that each of the readers gets one every second, however low the rate is: none thinks that the connection died. */
export function unicastPace(bytesPerSecond: number, slots: number): UnicastPace {
  const pieceBytes = Math.max(PIECE_BYTES_MIN, Math.floor(bytesPerSecond / (2 * slots)));
  return { bucket: new TokenBucket(bytesPerSecond), pieceBytes };
}

export function pacedStream(
  chunks: AsyncIterable<Uint8Array>,
  pace: UnicastPace | undefined,
  now: () => number,
  onSent: (bytes: number) => void,
): Readable {
  return Readable.from(paced(chunks, pace, now, onSent), { objectMode: false, highWaterMark: 256 * 1024 });
}

async function* paced(
  chunks: AsyncIterable<Uint8Array>,
  pace: UnicastPace | undefined,
  now: () => number,
  onSent: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const pieceBytes = Math.min(chunk.length, pace?.pieceBytes ?? chunk.length);
    for (let start = 0; start < chunk.length; start += pieceBytes) {
      const piece = chunk.subarray(start, start + pieceBytes);
      const waitMs = pace?.bucket.take(piece.length, now()) ?? 0;
      if (waitMs >= 1) await sleep(waitMs);
      onSent(piece.length);
      yield piece;
    }
  }
}

/** Below, the work for each piece outweighs the piece. */
const PIECE_BYTES_MIN = 64;
