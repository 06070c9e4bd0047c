import assert from 'node:assert/strict';
import { operations } from '@rollcall/api';
import type { Attack } from '../attack.ts';
import { joinDevice, knockAs, ofDevices, startServerOnLoopback, tryOut } from '../support/identities.ts';

/** With a token of `token create --approve` that was found: it has joined, and nobody has let it in. */
export const attack: Attack = {
  name: 'a device that waits for approval, and one that was rejected, on every route of devices',
  async run() {
    await using server = await startServerOnLoopback();
    const { admin } = server;
    const device = await joinDevice(server, 'guest-1', { needsApproval: true });
    const client = knockAs(device.tls, device.client.url);
    const preview = await admin.try(operations.previewTargets, { body: { target: 'all' } });
    assert.equal(preview.status, 422, 'no task means it');
    let count = 1;
    for (const expected of ['device_pending', 'device_removed']) {
      for (const attempt of ofDevices('a')) {
        const { status, code } = await tryOut(client, attempt);
        assert.equal(code, expected, `${attempt.operation.id}: ${status} ${code}`);
        count += 1;
      }
      if (expected === 'device_pending') await admin.call(operations.rejectDevice, { params: { id: 'guest-1' } });
    }
    await Promise.all([client.close(), device.close()]);
    return { count, stoppedBy: 'it gets nothing before an operator has approved it, its renewal neither' };
  },
};
