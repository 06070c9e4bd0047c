import assert from 'node:assert/strict';
import { closeSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { DatagramBatch } from '@rollcall/norm';
import { RECEIVE_BATCH_DATAGRAMS, RECEIVE_SLOT_SIZE_BYTES, SUPER_PACKETS_RECEIVED_MAX } from '../../limits.ts';
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

  test('native: closing leaves no descriptor behind, but those that were handed over', () => {
    const libc = loadLibc();
    assert.ok(libc);
    const closed: number[] = [];
    const noting = { ...libc, close: (fd: number) => (closed.push(fd), libc.close(fd)) };
    const group = { address: '239.255.77.1', port: 21_132 };
    const options = { role: 'sender', mode: 'multicast', group, interface: '127.0.0.1', hearGroup: true } as const;
    const kept = new NativeUdpSocket(noting, options);
    kept.close();
    assert.equal(closed.length, 3);
    assert.ok(closed.includes(kept.wakeDescriptor));
    const given = new NativeUdpSocket(noting, options);
    const descriptors = given.releaseDescriptors();
    given.close();
    assert.equal(closed.length, 3);
    assert.equal(descriptors.length, 3);
    for (const descriptor of descriptors) closeSync(descriptor);
  });

  test('native: super-packets are taken apart where they lie, in order, across batches that are full', () => {
    const libc = loadLibc();
    assert.ok(libc);
    let calls = 0;
    const counting = {
      ...libc,
      recvmmsg: (...how: Parameters<typeof libc.recvmmsg>) => (calls++, libc.recvmmsg(...how)),
    };
    const group = { address: '239.255.77.1', port: 21_133 };
    const network = { mode: 'multicast', group, interface: '127.0.0.1' } as const;
    const receiver = new NativeUdpSocket(counting, { ...network, role: 'receiver' });
    const sender = new NativeUdpSocket(libc, { ...network, role: 'sender' });
    const batch = new DatagramBatch(8, RECEIVE_SLOT_SIZE_BYTES);
    // The first look tells the kernel that the slots are large enough.
    assert.equal(receiver.receive(batch), 0);
    const lengths = Array.from({ length: 83 }, (_, index) => (index % 40 === 39 ? 700 : 1400));
    const outgoing = new DatagramBatch(lengths.length, 1400);
    lengths.forEach((length, index) => {
      outgoing.bytes.fill(index, outgoing.end, outgoing.end + length);
      outgoing.append(length, 0);
    });
    assert.equal(sender.send(outgoing, 0), lengths.length);
    const seen: (readonly number[])[] = [];
    calls = 0;
    while (receiver.receive(batch) > 0) {
      assert.ok(seen.length + batch.count <= lengths.length);
      for (let index = 0; index < batch.count; index++) {
        const start = batch.offsets[index] ?? 0;
        const bytes = batch.bytes.subarray(start, start + (batch.lengths[index] ?? 0));
        seen.push([bytes.length, ...new Set(bytes)]);
      }
      assert.equal(receiver.hasMore, seen.length < lengths.length);
    }
    assert.deepEqual(
      seen,
      lengths.map((length, index) => [length, index]),
    );
    assert.ok(calls <= 3, `${calls} calls for three super-packets`);
    for (const socket of [receiver, sender]) socket.close();
  });

  test('native: as long as super-packets wait it says so, also after the last batch of those that it has read', async () => {
    const { receiver, sender } = await openPair(21_136);
    const batch = new DatagramBatch(RECEIVE_BATCH_DATAGRAMS, RECEIVE_SLOT_SIZE_BYTES);
    // The first look tells the kernel that the slots are large enough; after the first super-packet fewer are read at once.
    receiver.receive(batch);
    const outgoing = new DatagramBatch(40, 1400);
    for (let index = 0; index < 40; index++) outgoing.append(1400, 0);
    sender.send(outgoing, 0);
    assert.equal(receiver.receive(batch), 40);
    const superPackets = 2 * SUPER_PACKETS_RECEIVED_MAX;
    for (let sent = 0; sent < superPackets; sent++) assert.equal(sender.send(outgoing, 0), 40);
    let count = 0;
    do count += receiver.receive(batch);
    while (receiver.hasMore);
    assert.equal(count, superPackets * 40);
    for (const socket of [receiver, sender]) socket.close();
  });

  test('native: it is told how long a datagram lay in the socket', async () => {
    const { receiver, sender } = await openPair(21_135);
    const outgoing = new DatagramBatch(1, 100);
    outgoing.append(100, 0);
    const batch = new DatagramBatch(4, 1400);
    // The kernel stamps from a moment after it was asked to; what came before counts as come when it is read.
    for (let stampedWait = 0, tries = 0; stampedWait < 1000 && tries < 1000; tries += 1) {
      sender.send(outgoing, 0);
      await delay(5);
      receiver.receive(batch);
      stampedWait = batch.waited[0]!;
    }
    const before = performance.now();
    sender.send(outgoing, 0);
    const sent = performance.now();
    await delay(30);
    const resumed = performance.now();
    sender.send(outgoing, 0);
    assert.equal(receiver.receive(batch), 2);
    const [whole, between] = [performance.now() - before, resumed - sent].map((millis) => millis * 1000);
    const [first = 0, second = 0] = batch.waited;
    // A timer may be early, and the kernel's clock is another one.
    assert.ok(first >= between! - 1000 && first <= whole! + 1000, `${first} of ${between} to ${whole}`);
    assert.ok(second >= 0 && first - second >= between! - 1000, `${first} and ${second}`);
    for (const socket of [receiver, sender]) socket.close();
  });

  test('native: what the receive buffer has no room for is counted, to the last datagram', async () => {
    const { receiver, sender } = await openPair(21_134);
    const outgoing = new DatagramBatch(80, 1400);
    for (let index = 0; index < 80; index++) outgoing.append(1400, 0);
    const sentCount = 80_000;
    for (let sent = 0; sent < sentCount;) sent += sender.send(outgoing, 0);
    const overrunCount = receiver.counts().overrunCount ?? 0;
    assert.ok(overrunCount > 0);
    const batch = new DatagramBatch(256, 1400);
    let received = 0;
    while (receiver.receive(batch) > 0) received += batch.count;
    assert.equal(received + overrunCount, sentCount);
    for (const socket of [receiver, sender]) socket.close();
  });
}

async function openPair(port: number) {
  const group = { address: '239.255.77.1', port };
  const network = { mode: 'multicast', group, interface: '127.0.0.1', implementation: 'native' } as const;
  return {
    receiver: await openUdpSocket({ ...network, role: 'receiver' }),
    sender: await openUdpSocket({ ...network, role: 'sender' }),
  };
}
