import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentBench, until } from '../../packages/agent/test/agent-bench.ts';
import { randomContent } from '../../packages/agent/test/small-server.ts';
import type { Attack } from '../attack.ts';

/** Genuine manifests of attempts that are over come again: the older one, and the one that has ended; also after a restart. */
export const attack: Attack = {
  name: 'an old or ended attempt replayed',
  async run() {
    await using bench = await AgentBench.open();
    const { server } = bench;
    const first = server.addTask(randomContent(1000), { kind: 'copy', to: 'x', form: 'file', name: 'x' });
    await bench.join();
    await bench.start();
    await until('the first attempt succeeded', () => server.statesOf('task-1').includes('succeeded'));
    server.tasks[0] = { ...first, manifest: { ...first.manifest, attempt: 2 } };
    server.wake();
    await until('the second attempt succeeded', () => server.statesOf('task-1', 2).includes('succeeded'));
    let count = 0;
    for (const [attempt, end] of [
      [1, 'rejected'],
      [2, 'succeeded'],
    ] as const) {
      for (const isRestarted of [false, true]) {
        server.reports.length = 0;
        server.tasks[0] = { ...first, manifest: { ...first.manifest, attempt } };
        if (isRestarted) {
          await bench.agent.close();
          await bench.start();
        } else server.wake();
        await until('the device has answered', () => server.reports.length > 0);
        await sleep(300);
        assert.deepEqual(server.statesOf('task-1', attempt), [end]);
        count += 1;
      }
    }
    assert.equal(server.leafRequests.length, 2);
    return { count, stoppedBy: 'the replay guard, on disk: replayed_attempt, or the end told once more' };
  },
};
