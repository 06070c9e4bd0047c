import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabNetwork } from '../../../lab/network.ts';
import { Deployment } from '../../support/deployment.ts';
import { channelArguments, everyKind } from '../every-kind.ts';
import { skip } from './lab-available.ts';

const LOSS_PERCENT = 1;

/** Four devices are on, the fifth is off; each loses one packet in a hundred. */
const MODES = [
  { name: 'multicast', serve: [], deb: true },
  { name: 'broadcast', serve: ['--mode', 'broadcast'], group: '10.77.255.255:7654' },
  { name: 'source-specific multicast', serve: ['--source-specific'], group: '232.77.0.1:7654' },
  { name: 'IPv6 multicast', serve: [], group: '[ff15::7:1]:7654', ipv6: true },
] as const;

for (const mode of MODES) {
  test(`each kind of task by ${mode.name} with ${LOSS_PERCENT}% loss`, { skip, timeout: 600_000 }, async (context) => {
    using network = LabNetwork.create({ devices: 5, lossPercent: LOSS_PERCENT });
    await using deployment = await Deployment.start({ network, ...mode, serve: ['--rate', '200mbit', ...mode.serve] });
    const deb = 'deb' in mode;
    const devices = await deployment.joinAll(
      network.devices.map(({ name }) => name),
      (name) => [
        ...channelArguments(name, deployment.scratch.path),
        ...(deb ? ['--allow', 'deb', '--dpkg-root', deployment.scratch.join(name, 'root')] : []),
      ],
    );
    const late = devices.pop();
    assert.ok(late !== undefined);
    await Promise.all(devices.map((device) => device.start()));
    await everyKind(context, {
      deployment,
      online: devices,
      late,
      copyBytes: 16 * 1024 * 1024 + 1,
      packageBytes: 1024 * 1024,
      deb,
    });
  });
}
