import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { LabNetwork } from '../../../lab/network.ts';
import { Deployment } from '../../support/deployment.ts';
import type { DeliveryView, TaskView } from '../../support/deployment.ts';
import { sha256Of, writeRandomFile } from '../../support/scratch.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { skip } from './lab-available.ts';

const MIB = 1024 * 1024;

function rowOf(view: TaskView, device: string): DeliveryView {
  const row = view.deliveries.find((each) => each.device.name === device);
  assert.ok(row !== undefined, `the table has a row for ${device}`);
  return row;
}

/** Waits until so many bytes have left the server's interface. */
async function untilSent(network: LabNetwork, bytes: number): Promise<void> {
  await waitUntil(
    `${bytes} bytes sent`,
    () => network.counters('srv').transmittedBytes,
    (sent) => sent >= bytes,
    180_000,
    50,
  );
}

test(
  'a cable pulled in mid-copy and put back after the multicast: only what is missing travels again',
  { skip, timeout: 600_000 },
  async () => {
    const size = 512 * MIB;
    using network = LabNetwork.create({ devices: 3 });
    await using deployment = await Deployment.start({ network, serve: ['--rate', '300mbit'] });
    const [pulled] = await deployment.addDevices(3);
    assert.ok(pulled !== undefined);
    const source = writeRandomFile(deployment.scratch.join('image.bin'), size);
    const task = await deployment.createTask([
      'copy',
      source,
      '--to',
      'image.bin',
      '--target',
      'all',
      '--max-wait',
      '5s',
    ]);
    const before = network.counters('srv').transmittedBytes;
    await untilSent(network, before + size / 2);
    network.cut('d1');
    const waited = await deployment.run(['task', 'wait', task, '--phase', 'finishing', '--timeout', '4m']);
    assert.equal(waited.code, 0, waited.stderr);
    await deployment.until(task, 'the others are done', (view) =>
      ['d2', 'd3'].every((name) => rowOf(view, name).state === 'succeeded'),
    );
    const healedAt = network.counters('srv').transmittedBytes;
    network.heal('d1');
    const ended = await deployment.ended(task, 240_000);
    const sentAfterwards = network.counters('srv').transmittedBytes - healedAt;
    const row = rowOf(ended, 'd1');
    assert.equal(row.state, 'succeeded');
    assert.equal(row.path, 'multicast+unicast');
    const missing = size - row.bytesMulticast;
    assert.ok(missing >= 0.25 * size && missing <= 0.75 * size, `${missing} bytes were missing`);
    assert.ok(
      sentAfterwards <= 1.1 * missing + MIB,
      `${sentAfterwards} bytes for ${missing} missing: ${(sentAfterwards / missing).toFixed(3)}`,
    );
    assert.equal(await sha256Of(join(pulled.files, 'image.bin')), await sha256Of(source));
  },
);

test(
  'kill -9 of an agent in mid-multicast and of the server in mid-task loses nothing',
  { skip, timeout: 600_000 },
  async () => {
    const size = 192 * MIB;
    using network = LabNetwork.create({ devices: 3, lossPercent: 1 });
    await using deployment = await Deployment.start({ network, serve: ['--rate', '100mbit'] });
    const devices = await deployment.addDevices(3);
    const killed = devices[1];
    assert.ok(killed !== undefined);
    const source = writeRandomFile(deployment.scratch.join('image.bin'), size);
    const task = await deployment.createTask([
      'copy',
      source,
      '--to',
      'image.bin',
      '--target',
      'all',
      '--max-wait',
      '5s',
    ]);
    const before = network.counters('srv').transmittedBytes;

    await untilSent(network, before + 0.3 * size);
    killed.kill();
    await killed.agent.exited;
    await killed.start();

    await untilSent(network, before + 0.6 * size);
    deployment.server.kill();
    await deployment.server.exited;
    assert.notEqual(network.counters('srv').transmittedBytes - before > size, true, 'killed in mid-multicast');
    await deployment.startServer();

    const view = await deployment.ended(task, 300_000);
    assert.equal(view.outcome, 'all');
    assert.equal(view.deliveries.length, 3);
    const digest = await sha256Of(source);
    for (const device of devices) {
      const row = rowOf(view, device.name);
      assert.equal(row.state, 'succeeded');
      assert.ok(row.bytesUnicast <= 16 * MIB, `${device.name} took ${row.bytesUnicast} bytes by unicast`);
      assert.equal(await sha256Of(join(device.files, 'image.bin')), digest);
    }
    // The multicast went on with what devices lacked; it did not begin again.
    const sent = network.counters('srv').transmittedBytes - before;
    assert.ok(sent <= 1.5 * size, `${sent} bytes sent for ${size}`);
  },
);

test(
  'where multicast is blocked, all complete by unicast and the task says why',
  { skip, timeout: 300_000 },
  async () => {
    using network = LabNetwork.create({ devices: 2 });
    network.blockMulticast('all');
    await using deployment = await Deployment.start({ network, serve: ['--rate', '200mbit'] });
    const devices = await deployment.addDevices(2);
    const source = writeRandomFile(deployment.scratch.join('file.bin'), 8 * MIB);
    const task = await deployment.createTask([
      'copy',
      source,
      '--to',
      'file.bin',
      '--target',
      'all',
      '--max-wait',
      '5s',
    ]);
    const view = await deployment.ended(task, 240_000);
    assert.equal(view.outcome, 'all');
    const digest = await sha256Of(source);
    for (const device of devices) {
      assert.equal(rowOf(view, device.name).path, 'unicast');
      assert.equal(await sha256Of(join(device.files, 'file.bin')), digest);
    }
    assert.match(view.sessions[0]?.error ?? '', /multicast|heard/i);
    const shown = await deployment.run(['task', 'show', task]);
    assert.match(shown.stdout, /multicast/i);
  },
);

test(
  'a device whose network dies silently in mid-task is offline within 30 s, and finishes after the healing',
  { skip, timeout: 300_000 },
  async () => {
    using network = LabNetwork.create({ devices: 2 });
    await using deployment = await Deployment.start({ network, serve: ['--rate', '20mbit'] });
    const [silent] = await deployment.addDevices(2);
    assert.ok(silent !== undefined);
    const source = writeRandomFile(deployment.scratch.join('file.bin'), 64 * MIB);
    const task = await deployment.createTask([
      'copy',
      source,
      '--to',
      'file.bin',
      '--target',
      'all',
      '--max-wait',
      '5s',
    ]);
    await deployment.until(task, 'd1 receives', (view) => rowOf(view, 'd1').state === 'receiving');
    network.cut('d1', { silent: true });
    const row = rowOf(
      await deployment.until(task, 'd1 is offline', (view) => rowOf(view, 'd1').state === 'queued', 31_000),
      'd1',
    );
    assert.equal(row.reason, 'offline');
    network.heal('d1');
    const view = await deployment.ended(task, 240_000);
    assert.equal(view.outcome, 'all');
    assert.equal(await sha256Of(join(silent.files, 'file.bin')), await sha256Of(source));
  },
);
