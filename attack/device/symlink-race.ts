import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { tarOf } from '../../packages/agent/src/actions/action-fixture.ts';
import { performAction } from '../../packages/agent/src/actions/perform-action.ts';
import type { Action } from '../../packages/agent/src/actions/action.ts';
import type { Attack } from '../attack.ts';
import type { SwapperData } from '../support/symlink-swapper.ts';
import { makeVictim } from '../support/victim-device.ts';

/**
 * A local user who may write in an allowed root swaps directories on the way, and what the agent is just writing, for
 * symlinks to somebody else's, while tasks copy files and trees there and hand over batches.
 */
export const attack: Attack = {
  name: 'symlink race: a local user swaps directories and temporary files under the agent',
  async run(scale) {
    await using victim = await makeVictim();
    const { device, root, outside, secret } = victim;
    Object.assign(device.policy, { channels: { spooled: { spool: join(root, 'in') } } });
    await mkdir(join(root, 'in', 'spooled'), { recursive: true });
    const before = await victim.look();
    const tree = await tarOf([
      { name: 'd/e/', type: 'directory', mode: 0o777 },
      { name: 'd/e/secret', content: 'written', mode: 0o666 },
      { name: 'secret', content: 'written', mode: 0o666 },
    ]);
    const actions: readonly (readonly [Action, string | Uint8Array])[] = [
      [{ kind: 'copy', form: 'file', to: 'in/spooled/secret', name: 'x', mode: 0o666, mtimeMs: 1000 }, 'written'],
      [{ kind: 'copy', form: 'tree', to: 'in/spooled/t', name: 't' }, tree],
      [{ kind: 'copy', form: 'tree', to: 'in/spooled', name: 'spooled' }, tree],
      [{ kind: 'batch', channel: 'spooled', batchId: 'b', sequence: 1, name: 'secret' }, 'written'],
    ];
    const flags = new Int32Array(new SharedArrayBuffer(8));
    const workerData: SwapperData = {
      folder: join(root, 'in'),
      directory: 'spooled',
      victimDirectory: outside,
      victimFile: secret,
      shared: flags.buffer,
    };
    const swapper = new Worker(new URL('../support/symlink-swapper.ts', import.meta.url), { workerData });
    const outcomes = new Map<string, number>();
    const count = scale === 'full' ? 4000 : 40;
    try {
      while (Atomics.load(flags, 1) === 0) await sleep(1);
      for (let index = 0; index < count; index += 1) {
        const [base, content] = actions[index % actions.length]!;
        const action = base.kind === 'batch' ? { ...base, batchId: `b${index}`, sequence: index + 1 } : base;
        const context = await device.context(action, content, { taskId: `task-${index}` });
        const { outcome } = await performAction(context);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        assert.deepEqual(await victim.look(), before, `after ${JSON.stringify(action)}`);
      }
      assert.ok(Atomics.load(flags, 1) > count, 'the attacker was at it all the time');
    } finally {
      Atomics.store(flags, 0, 1);
      await swapper.terminate();
    }
    const ends = [...outcomes].map(([outcome, times]) => `${times} ${outcome}`).join(', ');
    const swaps = Atomics.load(flags, 1).toLocaleString('en');
    return { count, stoppedBy: `each level is opened in its parent, no symlink is followed (${swaps} swaps; ${ends})` };
  },
};
