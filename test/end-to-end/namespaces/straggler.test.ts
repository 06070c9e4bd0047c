import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { LabNetwork } from '../../../lab/network.ts';
import { Deployment } from '../../support/deployment.ts';
import { sha256Of, writeRandomFile } from '../../support/scratch.ts';
import { skip } from './lab-available.ts';

const MIB = 1024 * 1024;

test(
  'a device that loses half of everything holds nobody up, and completes by unicast',
  { skip, timeout: 300_000 },
  async () => {
    using network = LabNetwork.create({ devices: 4, rateBitsPerSecond: 100e6 });
    await using deployment = await Deployment.start({ network, serve: ['--rate', '100mbit'] });
    const devices = await deployment.addDevices(4);
    const source = writeRandomFile(deployment.scratch.join('file.bin'), 24 * MIB);
    // From here on, and of the session alone: a device whose connection breaks is not waited for, nor handed over.
    network.setLoss('d4', 50, ['udp']);
    const task = await deployment.createTask(['copy', source, '--to', 'file.bin', '--target', 'all']);
    const others = await deployment.until(
      task,
      'the others have succeeded',
      ({ counts }) => counts.succeeded === 3,
      120_000,
    );
    const paths = new Map(others.deliveries.map(({ device, path, state }) => [device.name, path ?? state]));
    for (const name of ['d1', 'd2', 'd3']) assert.equal(paths.get(name), 'multicast');
    const over = await deployment.until(task, 'the multicast is over', ({ phase }) => phase === 'finishing', 30_000);
    const [session] = over.sessions;
    const d4 = over.deliveries.find(({ device }) => device.name === 'd4')?.device.id;
    assert.deepEqual(
      session?.handedOver.map(({ deviceId, reason }) => [deviceId, reason]),
      [[d4, 'loss']],
    );
    assert.ok(session.handedOver[0]!.lossRatio! > 0.3);
    // What it lost is not what the others were given again.
    assert.ok(session.repairBytes < 8 * MIB, `${session.repairBytes} bytes of repair`);
    const shown = await deployment.run(['task', 'show', task]);
    assert.match(shown.stdout, /left to unicast: d4, it lost [\d.]+% of the packets, the others at most [\d.]+%/);

    network.setLoss('d4', 0);
    const view = await deployment.ended(task, 120_000);
    assert.equal(view.outcome, 'all');
    assert.match(view.deliveries.find(({ device }) => device.name === 'd4')?.path ?? '', /unicast/);
    const digest = await sha256Of(source);
    for (const { files } of devices) assert.equal(await sha256Of(join(files, 'file.bin')), digest);
  },
);
