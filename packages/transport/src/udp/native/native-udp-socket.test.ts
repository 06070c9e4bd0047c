import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { test } from 'node:test';
import { openUdpSocket } from '../open-udp-socket.ts';
import { udpSocketCompliance } from '../udp-socket.compliance.ts';
import { loadLibc } from './libc.ts';
import { NativeUdpSocket } from './native-udp-socket.ts';

if (process.platform === 'linux') {
  udpSocketCompliance({
    name: 'native',
    open: (options) => openUdpSocket({ ...options, implementation: 'native' }),
    portBase: 21_100,
  });

  test('native: eight bytes written to the wake descriptor end a wait, a nap too', async () => {
    assert.ok(loadLibc());
    const group = { address: '239.255.77.1', port: 21_130 };
    const socket = await openUdpSocket({ role: 'receiver', mode: 'multicast', group, interface: '127.0.0.1' });
    const wake = socket.wakeDescriptor ?? -1;
    for (const nap of [false, true]) {
      writeSync(wake, new Uint8Array(new BigUint64Array([1n]).buffer));
      const before = performance.now();
      await socket.wait(5_000_000, { nap });
      assert.ok(performance.now() - before < 2500);
    }
    socket.close();
  });

  test('native: a socket that cannot be opened whole leaves no descriptor behind', () => {
    const libc = loadLibc();
    assert.ok(libc);
    let open = 0;
    const poor = {
      ...libc,
      socket: (...how: Parameters<typeof libc.socket>) => (open++, libc.socket(...how)),
      close: (fd: number) => (open--, libc.close(fd)),
      eventfd: () => -1,
    };
    const group = { address: '239.255.77.1', port: 21_131 };
    const options = { role: 'sender', mode: 'multicast', group, interface: '127.0.0.1', hearGroup: true } as const;
    assert.throws(() => new NativeUdpSocket(poor, options), { code: 'socket_failed' });
    assert.equal(open, 0);
  });
}
