import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LeafRange, operations } from '@rollcall/api';
import type { Logger } from 'pino';
import type { ReceptionEnd } from '../core/task-command.ts';
import { ContentKeyError } from '../journal/leaf-checker.ts';
import type { StoredContent } from '../journal/stored-content.ts';
import { CORRUPT_LEAF_ARRIVALS_MAX, FETCH_DURABLE_BYTES_MAX, FETCH_SILENCE_MILLISECONDS_MAX } from '../limits.ts';
import type { DeviceConnection } from '../link/device-connection.ts';
import { ProblemError } from '../link/problem-error.ts';
import { errorCode } from '../storage/durable.ts';
import { chooseLeaves } from './choose-leaves.ts';
import { fetchLeafTable } from './fetch-leaf-table.ts';
import { LeafAssembler } from './leaf-assembler.ts';
import type { TokenBucket } from './token-bucket.ts';

/** A piece of a wait for the rate, well under the silence that would be the server's. */
const RATE_WAIT_MILLISECONDS = 2000;

export interface FetchOptions {
  readonly connection: DeviceConnection;
  readonly content: StoredContent;
  /** Shared by all downloads of this device. */
  readonly rate: TokenBucket | undefined;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/**
 * Completes a content by unicast: asks for the missing leaves piece by piece, checks each against the hash tree, and
 * writes it to its place, decrypted. What was verified stays, however this ends.
 */
export async function fetchContent(options: FetchOptions): Promise<ReceptionEnd> {
  const { content, connection, signal, log } = options;
  const corruptArrivals = new Map<number, number>();
  try {
    await fetchLeafTable(connection, content, signal);
    for (;;) {
      const wanted = chooseLeaves(content.missing(), content.description.leafSize);
      if (wanted.length === 0) return { outcome: 'complete' };
      await fetchLeaves(options, wanted, corruptArrivals);
    }
  } catch (error) {
    if (error instanceof CorruptContentError) {
      return { outcome: 'failed', error: { code: 'content_corrupt', message: error.message } };
    }
    if (error instanceof ContentKeyError) {
      return { outcome: 'failed', error: { code: 'content_mismatch', message: error.message } };
    }
    if (['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '')) {
      const message = 'the disk became full while the content was received';
      return { outcome: 'failed', error: { code: 'no_space', message } };
    }
    if (signal.aborted) return { outcome: 'short' };
    log.info({ contentId: content.description.id, cause: String(error) }, 'a unicast completion was cut short');
    if (!(error instanceof ProblemError) || error.retryAfterMilliseconds === undefined) return { outcome: 'short' };
    return { outcome: 'short', waitMilliseconds: error.retryAfterMilliseconds };
  }
}

class CorruptContentError extends Error {
  override readonly name = 'CorruptContentError';
}

async function fetchLeaves(
  { connection, content, rate, signal }: FetchOptions,
  wanted: readonly LeafRange[],
  corruptArrivals: Map<number, number>,
): Promise<void> {
  const { id, size, leafSize } = content.description;
  const silence = new AbortController();
  const watch = setTimeout(
    () => silence.abort(new Error('the server fell silent in the middle of an answer')),
    FETCH_SILENCE_MILLISECONDS_MAX,
  );
  const assembler = new LeafAssembler({ size, leafSize }, wanted);
  const file = await open(content.path, 'r+');
  let written: LeafRange[] = [];
  let writtenBytes = 0;
  const makeDurable = async (): Promise<void> => {
    // Taken out first: Linux tells a failed write-back once, so a second sync would vouch for what the first one lost.
    const batch = written;
    written = [];
    writtenBytes = 0;
    if (batch.length === 0) return;
    await file.datasync();
    content.markHeld(batch, 'unicast');
  };
  try {
    const { body } = await connection.stream(operations.getLeaves, {
      params: { contentId: id },
      body: { ranges: wanted.map(([first, count]) => [first, count] as [number, number]) },
      signal: AbortSignal.any([signal, silence.signal]),
    });
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        watch.refresh();
        for (const { leaf, bytes } of assembler.push(chunk)) {
          const decoded = content.decodeLeaf(leaf, bytes);
          if (decoded !== undefined) {
            await writeAt(file, decoded, leaf * leafSize);
            written.push([leaf, 1]);
            writtenBytes += decoded.length;
            if (writtenBytes >= FETCH_DURABLE_BYTES_MAX) await makeDurable();
          } else {
            const arrivals = (corruptArrivals.get(leaf) ?? 0) + 1;
            corruptArrivals.set(leaf, arrivals);
            if (arrivals >= CORRUPT_LEAF_ARRIVALS_MAX) {
              throw new CorruptContentError(`leaf ${leaf} of content ${id} arrived corrupt ${arrivals} times`);
            }
          }
        }
        // Not reading on is what slows the server down: TCP's window closes.
        let wait = rate?.take(performance.now(), chunk.length) ?? 0;
        for (; wait >= 1; wait -= RATE_WAIT_MILLISECONDS) {
          await sleep(Math.min(wait, RATE_WAIT_MILLISECONDS), undefined, { signal });
          watch.refresh();
        }
      }
    } finally {
      // Whatever cut the answer short, what came before it counts.
      await makeDurable();
    }
    if (!assembler.isWhole) throw new Error('the server sent less than was asked for');
  } finally {
    clearTimeout(watch);
    await file.close();
  }
}

async function writeAt(file: Awaited<ReturnType<typeof open>>, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
