import assert from 'node:assert/strict';
import { operations } from '@rollcall/api';
import { signingRequest } from '../../packages/server/test/test-server.ts';
import type { Attack } from '../attack.ts';
import { joinDevice, knockAs, ofDevices, startServerOnLoopback, tryOut } from '../support/identities.ts';

const DAY_MS = 86_400_000;

/** By the server's clock, in virtual time: 91 days, and more than two years after that. */
export const attack: Attack = {
  name: 'an expired certificate, on every route of devices',
  async run() {
    let aheadMs = 0;
    await using server = await startServerOnLoopback({ now: () => Date.now() + aheadMs });
    const device = await joinDevice(server, 'till-1');
    await device.checkIn();
    const client = knockAs(device.tls, device.client.url);
    let count = 0;
    for (const [days, expected] of [
      [91, 'certificate_expired'],
      [90 + 2 * 366 + 1, 'certificate_void'],
    ] as const) {
      aheadMs = days * DAY_MS;
      for (const attempt of ofDevices('a')) {
        const isRenewal = attempt.operation.id === operations.renew.id;
        if (isRenewal && expected === 'certificate_expired') continue;
        const body = isRenewal ? { certificateSigningRequest: await signingRequest() } : attempt.body;
        const { status, code } = await tryOut(client, { ...attempt, body });
        assert.equal(code, expected, `${attempt.operation.id} after ${days} days: ${status} ${code}`);
        count += 1;
      }
    }
    await Promise.all([client.close(), device.close()]);
    return {
      count,
      stoppedBy: "its end, by the server's clock at each request; for two years it may be renewed, and no more",
    };
  },
};
