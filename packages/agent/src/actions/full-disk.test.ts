import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Action, DevicePolicy } from './action.ts';
import { TestDevice, snapshot, tarOf } from './action-fixture.ts';
import { performAction } from './perform-action.ts';

const cannotRun = process.getuid?.() !== 0 && 'a file system of its own needs root';
const diskSize = 4 * 1024 * 1024;

const content = Buffer.alloc(1_000_000, 'x');
const tree = await tarOf([{ name: 'a/b', content }]);

const actions: readonly (readonly [Action, Uint8Array])[] = [
  [{ kind: 'copy', to: 'target', form: 'file', name: 'source' }, content],
  [{ kind: 'copy', to: 'target', form: 'tree', name: 'source' }, tree],
  [
    { kind: 'install', app: 'shop', version: '2', packageKind: 'app', packageName: 'shop.tar.gz' },
    gzipSync(tree, { level: 0 }),
  ],
  [{ kind: 'batch', channel: 'orders', batchId: 'b1', sequence: 1, name: 'orders.csv' }, content],
];

/** A device whose data directory is a small disk of its own; the content lies elsewhere. */
async function smallDevice(t: TestContext): Promise<TestDevice> {
  const disk = await mkdtemp(join(tmpdir(), 'rollcall-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskSize}`, 'rollcall-test', disk]);
  t.after(async () => {
    execFileSync('umount', [disk]);
    await rm(disk, { recursive: true });
  });
  const dataDirectory = join(disk, 'data');
  await mkdir(join(dataDirectory, 'files'), { recursive: true });
  const policy: Partial<DevicePolicy> = { dataDirectory, channels: { orders: { spool: 'spool' } } };
  return TestDevice.make(t, policy);
}

async function freeSpace(device: TestDevice): Promise<number> {
  const { bavail, bsize } = await statfs(device.path());
  return bavail * bsize;
}

async function fill(device: TestDevice): Promise<void> {
  const free = await freeSpace(device);
  await writeFile(device.path('filler'), Buffer.alloc(free)).catch(() => undefined);
  assert.equal(await freeSpace(device), 0);
}

test('on a disk that is full from the beginning every action says no_space', { skip: cannotRun }, async (t) => {
  for (const [action, bytes] of actions) {
    const device = await smallDevice(t);
    await fill(device);
    const plan = await device.plan(action, bytes.length);
    assert.ok(plan.decision === 'rejected' && plan.code === 'no_space', JSON.stringify(plan));
    const result = await performAction(await device.context(action, bytes));
    assert.ok(result.outcome !== 'succeeded' && result.code === 'no_space', JSON.stringify(result));
    await device.assertTidy(device.path());
  }
});

test(
  'on a disk that fills up at any moment nothing stays behind and nothing is half',
  { skip: cannotRun },
  async (t) => {
    for (const [action, bytes] of actions) {
      let succeeded = false;
      for (let index = 0; !succeeded; index += 1) {
        const device = await smallDevice(t);
        await writeFile(device.path('files/target-beside'), 'old');
        let count = 0;
        const context = await device.context(action, bytes, {
          checkpoint: async () => {
            if (count === index) await fill(device);
            count += 1;
          },
        });
        const result = await performAction(context);
        succeeded = count <= index;
        if (result.outcome !== 'succeeded') assert.equal(result.code, 'no_space', JSON.stringify(result));
        await device.assertTidy(device.path());
        await rm(device.path('filler'), { force: true });
        const whole = Object.entries(await snapshot(device.path())).filter(([, text]) => text.length > 1000);
        assert.ok(whole.every(([, text]) => text.length > 1_000_000));
        assert.equal(await readFile(device.path('files/target-beside'), 'utf8'), 'old');
        // With room again, the next attempt succeeds.
        const next = await device.perform(action, bytes, { attempt: 2 });
        assert.equal(next.outcome, 'succeeded', JSON.stringify(next));
      }
    }
  },
);
