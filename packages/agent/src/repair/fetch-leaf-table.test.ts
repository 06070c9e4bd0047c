import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { StoredContent } from '../journal/stored-content.ts';
import { FETCH_SILENCE_MILLISECONDS_MAX } from '../limits.ts';
import type { DeviceConnection } from '../link/device-connection.ts';
import { fetchLeafTable } from './fetch-leaf-table.ts';

test('a leaf table may take as long as it takes, as long as it comes; silence ends it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const content = {
    leafTable: undefined,
    description: { id: 'a'.repeat(64), leafCount: 4 },
    takeLeafTable: (table: Uint8Array) => table.length === 4 * 32,
  } as unknown as StoredContent;
  /** One hash after each pause; then nothing, until somebody loses patience. */
  const sending = (pauses: readonly number[]): DeviceConnection => {
    const stream = async (_operation: unknown, { signal }: { signal: AbortSignal }) => ({
      body: (async function* () {
        for (const pause of pauses) {
          t.mock.timers.tick(pause);
          signal.throwIfAborted();
          yield new Uint8Array(32);
        }
        if (pauses.length === 4) return;
        const aborted = once(signal, 'abort');
        t.mock.timers.tick(FETCH_SILENCE_MILLISECONDS_MAX + 1);
        await aborted;
        signal.throwIfAborted();
      })(),
    });
    return { stream } as unknown as DeviceConnection;
  };
  const pause = FETCH_SILENCE_MILLISECONDS_MAX * 0.8;
  const { signal } = new AbortController();
  const table = await fetchLeafTable(sending([pause, pause, pause, pause]), content, signal);
  assert.equal(table.length, 4 * 32);
  await assert.rejects(fetchLeafTable(sending([pause, pause]), content, signal), /fell silent/);
});
