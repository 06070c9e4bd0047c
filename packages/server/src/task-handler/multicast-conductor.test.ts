import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskRecord } from '../core/records.ts';
import { MulticastConductor } from './multicast-conductor.ts';
import type { MulticastRoundPorts } from './multicast-round.ts';

test('a full disk ends neither the process nor the wish to write the end of a round', async () => {
  const logged: string[] = [];
  const full = async () => {
    throw new Error('database or disk is full');
  };
  const conductor = new MulticastConductor({
    store: { transact: full, reader: { content: full } },
    room: { close: async () => undefined },
    places: { close: () => undefined },
    log: { error: (_facts: unknown, message: string) => logged.push(message) },
  } as unknown as MulticastRoundPorts);
  conductor.begin({ id: 'task' } as TaskRecord, 'first');
  // An unhandled rejection fails this test.
  await sleep(100);
  assert.deepEqual(logged, ['a multicast round failed', 'the end of a multicast could not be written: trying again']);
  await conductor.close();
});
