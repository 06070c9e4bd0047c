import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabNetwork } from '../../../lab/network.ts';
import { Deployment } from '../../support/deployment.ts';
import { writeRandomFile } from '../../support/scratch.ts';
import { skip } from './lab-available.ts';

const SIZE = 8 * 1024 ** 2;
/** A small switch port. */
const BUFFER_BYTES = 256 * 1024;

test(
  'where a link takes less than the rate, sessions slow down before they overrun it',
  { skip, timeout: 60_000 },
  async () => {
    using network = LabNetwork.create({ devices: 2 });
    network.setRate('d2', 40e6, BUFFER_BYTES);
    await using deployment = await Deployment.start({
      network,
      serve: ['--rate', '400mbit', '--rate-control', 'auto'],
    });
    await deployment.addDevices(2);
    const source = writeRandomFile(deployment.scratch.join('file.bin'), SIZE);
    const task = await deployment.createTask(['copy', source, '--to', 'x', '--target', 'all', '--start-when', '100%']);
    const { deliveries, sessions } = await deployment.ended(task);
    assert.deepEqual(
      deliveries.map(({ state, path }) => `${state} by ${path}`),
      ['succeeded by multicast', 'succeeded by multicast'],
    );
    const [session] = sessions;
    // At a fixed rate nine of ten datagrams are lost on the way to d2.
    assert.ok(session !== undefined && session.bytesSent < 1.2 * SIZE, `${session?.bytesSent} for ${SIZE}`);
  },
);
