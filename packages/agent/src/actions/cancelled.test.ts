import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Action } from './action.ts';
import { type Content, TestDevice, atEveryCheckpoint, snapshot, tarOf } from './action-fixture.ts';
import { performAction } from './perform-action.ts';

const tree = await tarOf([{ name: 'a/b', content: 'new' }]);

/** Each kind with the last point of its staging: a cancel that comes later may lose to the true result. */
const kinds: readonly (readonly [Action, Content, string])[] = [
  [{ kind: 'copy', to: 'target', form: 'file', name: 'source' }, 'new', 'wrote beside the target'],
  [{ kind: 'copy', to: 'target', form: 'tree', name: 'source' }, tree, 'saved isNew'],
  [
    { kind: 'install', app: 'shop', version: '2', packageKind: 'app', packageName: 'shop.tar' },
    tree,
    'saved previous, hadRelease',
  ],
  [{ kind: 'batch', channel: 'orders', batchId: 'b1', sequence: 1, name: 'orders.csv' }, 'new', 'saved spooled'],
];

for (const [action, content, lastPoint] of kinds) {
  test(`${action.kind} ${'form' in action ? action.form : ''}: cancelled after staging it is cancelled wherever it is cut off, and the next attempt does it`, async (t) => {
    const points: string[] = [];
    await atEveryCheckpoint(
      async () => {
        const device = await TestDevice.make(t, { channels: { orders: { spool: 'spool' } } });
        const cancel = new AbortController();
        const checkpoint = (point: string): void => {
          if (point === lastPoint) cancel.abort();
        };
        return { device, context: await device.context(action, content, { signal: cancel.signal, checkpoint }) };
      },
      async (device, context, point) => {
        points.push(point);
        assert.equal((await performAction(context)).outcome, 'cancelled', point);
        await device.assertTidy();
        const files = Object.values(await snapshot(device.path())).filter((text) => text.endsWith(' new'));
        assert.deepEqual(files, [], point);
        assert.equal((await device.plan(action, 10, 2)).decision, 'perform', point);
        const next = await device.perform(action, content, { attempt: 2 });
        assert.ok(next.outcome === 'succeeded' && next.alreadyPresent !== true, point);
      },
    );
    assert.ok(points.includes(lastPoint) && points.includes('removed the temporaries'), points.join());
  });
}
