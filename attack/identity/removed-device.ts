import assert from 'node:assert/strict';
import { operations } from '@rollcall/api';
import type { Attack } from '../attack.ts';
import { joinDevice, knockAs, ofDevices, startServerOnLoopback, tryOut } from '../support/identities.ts';

/** It keeps its data directory: its key, its certificate, and a connection that is open. */
export const attack: Attack = {
  name: 'a removed device with its old keys, on every route of devices',
  async run() {
    await using server = await startServerOnLoopback();
    const device = await joinDevice(server, 'till-1');
    await device.checkIn();
    const { instance } = device;
    const stream = await device.client.send('GET', `${operations.streamDeviceEvents.path}?instance=${instance}`);
    assert.equal(stream.statusCode, 200);
    let heard = '';
    const isOver = (async () => {
      for await (const part of stream.body) heard += String(part);
    })().catch(() => undefined);
    await server.admin.call(operations.removeDevice, { params: { id: 'till-1' } });
    // The stream ends by itself: this waits for nothing else.
    await isOver;
    assert.match(heard, /event: removed/, 'it is told why');
    const client = knockAs(device.tls, device.client.url);
    let count = 1;
    for (const attempt of ofDevices('a')) {
      const { status, code } = await tryOut(client, attempt);
      assert.equal(code, 'device_removed', `${attempt.operation.id}: ${status} ${code}`);
      count += 1;
    }
    await Promise.all([client.close(), device.close()]);
    return { count, stoppedBy: 'its certificate is looked up at each request; open connections end with the removal' };
  },
};
