import assert from 'node:assert/strict';
import { AgentBench, until } from '../../packages/agent/test/agent-bench.ts';
import { randomContent } from '../../packages/agent/test/small-server.ts';
import type { Attack } from '../attack.ts';

/** An empty battery, or whoever can set a device's clock: what is honest is to be done, and what has expired is not. */
export const attack: Attack = {
  name: 'a clock at 1970 and at 2100',
  async run() {
    const copy = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
    for (const clock of [0, Date.UTC(2100, 0)]) {
      await using bench = await AgentBench.open();
      bench.server.addTask(randomContent(1000), copy, { notBefore: Date.now() - 1000 });
      bench.server.addTask(randomContent(1000), copy, { expiresAt: Date.now() - 1000 });
      await bench.join();
      await bench.start({ now: () => clock });
      await until('the honest task succeeded', () => bench.server.statesOf('task-1').includes('succeeded'));
      await until('the expired one is rejected', () => bench.server.statesOf('task-2').includes('rejected'));
      assert.equal(bench.server.lastReportOf('task-2')?.error?.code, 'expired_manifest');
      assert.deepEqual(bench.server.clocks, [clock], 'the server knows, and tells');
    }
    return { count: 2, stoppedBy: "the server's signed time, which wins over an implausible clock" };
  },
};
