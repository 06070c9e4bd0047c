import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { DatagramBatch } from '@rollcall/norm';
import { resolveInterface } from '../network-interface.ts';
import { openSenderDescriptor } from './descriptor.ts';
import { loadLibc } from './libc.ts';
import { MessageSender } from './message-sender.ts';
import { NativePeers } from './native-peers.ts';
import { encodeSocketAddress } from './socket-address.ts';

const libc = loadLibc();

if (libc) {
  const group = { address: '239.255.77.3', port: 21_150 };
  const options = { role: 'sender', mode: 'multicast', group } as const;
  const { fd } = openSenderDescriptor(libc, options, resolveInterface('127.0.0.1', 'IPv4'));
  after(() => libc.close(fd));
  const peers = new NativePeers();

  /** A handle of such an address, as if a datagram had come from it. */
  function handleOf(address: string, port: number): number {
    const bytes = encodeSocketAddress({ address, port });
    return peers.handleAt(bytes, new DataView(bytes.buffer), 0, bytes.length);
  }

  function batchTo(...targets: readonly number[]): DatagramBatch {
    const batch = new DatagramBatch(targets.length, 64);
    for (const target of targets) batch.append(10, target);
    return batch;
  }

  test('answers to an address that the kernel refuses are lost, and end nothing', () => {
    // EINVAL, and for an address that nobody can have, EACCES.
    for (const peer of [handleOf('127.0.0.1', 0), handleOf('255.255.255.255', 9)]) {
      const sender = new MessageSender(libc, fd, peers, group, 0);
      assert.equal(sender.send(batchTo(peer, peer), 0), 2);
      assert.ok(sender.trouble);
      assert.equal(sender.send(batchTo(peer, 0, 0), 0), 3);
      assert.equal(sender.trouble, undefined);
    }
  });

  test('a peer that is refused does not end the super-packets of the group', () => {
    let calls = 0;
    const counting = {
      ...libc,
      sendmmsg: (...how: Parameters<typeof libc.sendmmsg>) => (calls++, libc.sendmmsg(...how)),
    };
    const sender = new MessageSender(counting, fd, peers, group, 0);
    const peer = handleOf('127.0.0.1', 0);
    sender.send(batchTo(peer, peer), 0);
    calls = 0;
    // More datagrams than one call takes by themselves.
    assert.equal(sender.send(batchTo(...Array.from({ length: 100 }, () => 0)), 0), 100);
    assert.equal(calls, 1);
  });

  test('a burst is as long as it may be, and never shorter than a datagram', () => {
    const messages: number[] = [];
    const noting = {
      ...libc,
      sendmmsg: (...how: Parameters<typeof libc.sendmmsg>) => (messages.push(how[2]), libc.sendmmsg(...how)),
    };
    for (const [burstMax, expected] of [
      [65_535, 1],
      [39, 20],
      [9, 60],
    ] as const) {
      const sender = new MessageSender(noting, fd, peers, group, 0);
      sender.setBurstMax(burstMax);
      assert.equal(sender.send(batchTo(...Array.from({ length: 60 }, () => 0)), 0), 60);
      assert.equal(messages.pop(), expected);
    }
  });

  test('a route to the group that takes nothing is trouble, not the end', () => {
    const sender = new MessageSender(libc, fd, peers, { ...group, port: 0 }, 0);
    assert.equal(sender.send(batchTo(0), 0), 1);
    assert.ok(sender.trouble);
  });
}
