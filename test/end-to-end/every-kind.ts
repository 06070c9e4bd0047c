import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { DeployedDevice, Deployment, TaskView } from '../support/deployment.ts';
import { makeApplication, makeDebianPackage, makeTree } from '../support/fixtures.ts';
import { describeTree, sha256Of, writeRandomFile } from '../support/scratch.ts';

interface Scenario {
  readonly deployment: Deployment;
  /** Devices that are on, and one that is off until the multicasts are over. */
  readonly online: readonly DeployedDevice[];
  readonly late: DeployedDevice;
  /** The content of the copies, and the weight that is put on the applications' packages. */
  readonly copyBytes: number;
  readonly packageBytes: number;
  /** Also `deb`, with a root of its own per device. */
  readonly deb?: boolean;
}

/** The part of the content that may come by unicast where the row says `multicast+unicast`. */
const UNICAST_SHARE_MAX = 0.01;

/** The multicast begins as soon as the devices are ready; on a busy machine that takes a while. */
const MAX_WAIT = '30s';
const TASK_MILLIS_MAX = 180_000;

/** A device's name for `--channel`, and the program that takes its batches. */
export function channelArguments(device: DeployedDevice | string, folder: string): string[] {
  const name = typeof device === 'string' ? device : device.name;
  const received = join(folder, `received-${name}`);
  const program = join(folder, `take-batch-${name}`);
  writeFileSync(program, `#!/bin/sh\ncat >> '${received}'\n`);
  chmodSync(program, 0o755);
  return ['--channel', `meters=${program}`];
}

/**
 * Each kind of task, for the devices that are on and for the one that is off: those are served by multicast, that one
 * by unicast as soon as it is started, without anyone's doing.
 */
export async function everyKind(context: TestContext, scenario: Scenario): Promise<void> {
  const { deployment, online, late } = scenario;
  const folder = deployment.scratch.join('sources');
  mkdirSync(folder);
  const all = [...online, late];
  const tasks: { readonly id: string; readonly check: () => Promise<void> | void }[] = [];

  /** Creates a task; returns when its multicast is over. */
  const create = async (args: readonly string[], check: () => Promise<void> | void): Promise<void> => {
    const id = await deployment.createTask([...args, '--target', 'all', '--max-wait', MAX_WAIT]);
    const isOver = ({ phase }: TaskView): boolean => phase === 'finishing' || phase === 'ended';
    await deployment.until(id, 'its multicast is over', isOver, TASK_MILLIS_MAX);
    tasks.push({ id, check });
  };

  await context.test('copy, install, update and batch reach the devices that are on', async () => {
    const file = writeRandomFile(join(folder, 'image.bin'), scenario.copyBytes);
    await create(['copy', file, '--to', 'images/image.bin'], async () => {
      const digest = await sha256Of(file);
      for (const device of all) {
        const copy = join(device.files, 'images/image.bin');
        assert.equal(await sha256Of(copy), digest);
        assert.equal(statSync(copy).size, scenario.copyBytes);
      }
    });

    const open = join(folder, 'open.txt');
    writeFileSync(open, 'for everybody\n'.repeat(10_000));
    await create(['copy', open, '--to', 'open.txt', '--no-encrypt'], async () => {
      for (const device of all) assert.equal(await sha256Of(join(device.files, 'open.txt')), await sha256Of(open));
    });
    const encodings = await Promise.all(tasks.map(async ({ id }) => (await deployment.show(id)).content.encoding));
    assert.deepEqual(encodings, ['aes-256-gcm', 'identity']);

    const tree = makeTree(join(folder, 'tree'), scenario.packageBytes);
    const expected = describeTree(tree);
    await create(['copy', tree, '--to', 'site/tree'], () => {
      for (const device of all) assert.deepEqual(describeTree(join(device.files, 'site/tree')), expected);
    });

    const health = { 'health.sh': '#!/bin/sh\ntest -x ./app.sh\n' };
    const script = { 'setup.sh': '#!/bin/sh\necho set up > set-up\n' };
    const first = makeApplication(folder, '1.0.0', { ...health, ...script }, scenario.packageBytes);
    await create(
      ['install', first, '--app', 'kiosk', '--version', '1.0.0', '--script', 'setup.sh', '--health', 'health.sh'],
      () => {
        for (const device of all) assert.equal(existsSync(join(release(device, '1.0.0'), 'set-up')), true);
      },
    );
    const second = makeApplication(folder, '1.1.0', health, scenario.packageBytes);
    const update = ['update', second, '--app', 'kiosk', '--version', '1.1.0', '--from', '^1.0.0'];
    await create([...update, '--health', 'health.sh', '--keep', '2'], () => {
      for (const device of all) {
        const current = currentRelease(device);
        assert.match(readFileSync(join(current, 'app.sh'), 'utf8'), /1\.1\.0/);
        assert.match(readlinkSync(current), /1\.1\.0$/);
      }
    });

    // Twice on one channel: each once, and in this order.
    const batches = ['batch-1', 'batch-2'].map((name) => writeRandomFile(join(folder, name), 100_000));
    for (const batch of batches) {
      await create(['batch', batch, '--channel', 'meters'], () => {
        const sent = Buffer.concat(batches.map((path) => readFileSync(path)));
        for (const device of all) {
          const received = readFileSync(deployment.scratch.join(`received-${device.name}`));
          assert.equal(
            received.equals(sent),
            true,
            `${device.name} received ${received.length} of ${sent.length} bytes`,
          );
        }
      });
    }

    if (scenario.deb === true) {
      const debianPackage = makeDebianPackage(folder, 'rollcall-test', '1.0');
      await create(['install', debianPackage, '--app', 'rollcall-test', '--version', '1.0', '--kind', 'deb'], () => {
        for (const device of all) {
          const installed = globSync('**/opt/rollcall-test/version', { cwd: dirname(device.data) });
          assert.equal(installed.length, 1, device.name);
        }
      });
    }
    for (const { id } of tasks) checkOnline(await deployment.show(id), online, late);
  });

  await context.test('the device that was off completes all of them by unicast once it is on', async () => {
    await late.start();
    for (const { id } of tasks) {
      const view = await deployment.ended(id, TASK_MILLIS_MAX);
      const told = JSON.stringify(view.deliveries.filter(({ state }) => state !== 'succeeded'));
      assert.deepEqual([view.state, view.phase, view.outcome], ['completed', 'ended', 'all'], `${view.name}: ${told}`);
      assert.deepEqual(
        view.deliveries
          .filter((row) => row.device.name === late.name)
          .map((row) => [row.state, row.path, row.bytesMulticast]),
        [['succeeded', 'unicast', 0]],
      );
      checkOnline(view, online, late);
    }
    for (const { check } of tasks) await check();
  });
}

/** The rows of the devices that were on; and that the counts add up to the targets. */
function checkOnline(view: TaskView, online: readonly DeployedDevice[], late: DeployedDevice): void {
  const counted = Object.values(view.counts).reduce((sum, count) => sum + count, 0);
  assert.equal(counted, online.length + 1);
  for (const row of view.deliveries) {
    if (row.device.name === late.name) continue;
    const told = `${view.name} on ${row.device.name}: ${JSON.stringify(row)}`;
    assert.equal(row.state, 'succeeded', told);
    assert.match(row.path ?? '', /^multicast(\+unicast)?$/, told);
    assert.ok(row.bytesMulticast > 0, told);
    assert.ok(row.bytesUnicast <= UNICAST_SHARE_MAX * (row.bytesMulticast + row.bytesUnicast), told);
  }
}

/** Where a device keeps its applications is its own business: its `current` is a link in one place. */
function currentRelease(device: DeployedDevice): string {
  const links = globSync('**/current', { cwd: dirname(device.data) }).filter((path) => !path.includes('releases'));
  assert.equal(links.length, 1, `${device.name} has ${links.length} current releases`);
  return join(dirname(device.data), links[0] ?? '');
}

function release(device: DeployedDevice, version: string): string {
  return join(dirname(currentRelease(device)), 'releases', version);
}
