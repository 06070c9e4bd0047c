import type { NetworkInterfaceInfo } from 'node:os';
import type { UdpSocket, UdpSocketOptions } from './udp-socket.ts';
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, describe, test } from 'node:test';
import { DatagramBatch } from '@rollcall/norm';
import { TransportError } from '../transport-error.ts';

/** How a kind of socket is opened, and what of the expectations it cannot meet. */
export interface UdpSocketSetup {
  readonly name: string;
  open(options: UdpSocketOptions): Promise<UdpSocket>;
  /** Ports are machine-wide: each setup names one of its own, of which 20 are used. */
  readonly portBase: number;
}

/** What every UdpSocket has to do. Each implementation runs the same expectations, over loopback. */
export function udpSocketCompliance(setup: UdpSocketSetup): void {
  describe(`UdpSocket: ${setup.name}`, () => {
    let nextPort = setup.portBase;
    const opened: UdpSocket[] = [];
    after(() => opened.forEach((socket) => socket.close()));

    async function open(options: UdpSocketOptions): Promise<UdpSocket> {
      const socket = await setup.open(options);
      opened.push(socket);
      return socket;
    }

    async function pair(overrides: Partial<UdpSocketOptions> & { readonly address?: string } = {}) {
      const { address = '239.255.77.1', ...rest } = overrides;
      const group = { address, port: nextPort++ };
      const options = { mode: 'multicast', group, interface: '127.0.0.1', ...rest } as const;
      const receiver = await open({ ...options, role: 'receiver' });
      const another = await open({ ...options, role: 'receiver' });
      const sender = await open({ ...options, role: 'sender' });
      return { options, receiver, another, sender };
    }

    test('a socket says how many full frames it keeps until they are taken', async () => {
      const { receiver } = await pair();
      assert.ok(receiver.roomDatagrams >= 100 && receiver.roomDatagrams < 1e6, `${receiver.roomDatagrams}`);
    });

    test('what is sent to the group reaches each of the receivers that share its port', async () => {
      const { sender, receiver, another } = await pair();
      await sendAll(sender, batchOf([datagram(1, 1200), datagram(2, 1200), datagram(3, 700)]));
      const expected = [datagram(1, 1200), datagram(2, 1200), datagram(3, 700)];
      assert.deepEqual(await collect(receiver, 3), expected);
      assert.deepEqual(await collect(another, 3), expected);
    });

    test('a run of datagrams longer than a super-packet arrives whole and in order', async () => {
      const { sender, receiver } = await pair();
      const sent = Array.from({ length: 150 }, (_, index) => datagram(index, index === 149 ? 3 : 1472));
      await sendAll(sender, batchOf(sent));
      assert.deepEqual(await collect(receiver, 150), sent);
    });

    test('runs of other lengths between each other are not mixed up', async () => {
      const { sender, receiver } = await pair();
      const lengths = [10, 10, 20, 20, 5, 5, 5, 30, 1, 1472];
      const sent = lengths.map((length, index) => datagram(index, length));
      await sendAll(sender, batchOf(sent));
      assert.deepEqual(await collect(receiver, sent.length), sent);
    });

    test("feedback to a datagram's handle reaches the sender's own port, and the handle names the source", async () => {
      const { sender, receiver } = await pair();
      await sendAll(sender, batchOf([datagram(1, 10)]));
      const heard = new DatagramBatch(8, 2048);
      await receiveInto(receiver, heard);
      const peer = heard.peers[0] ?? 0;
      assert.ok(peer > 0);
      assert.deepEqual(receiver.address(peer), { address: '127.0.0.1', port: sender.localPort });
      const answer = batchOf([datagram(9, 33)]);
      answer.peers[0] = peer;
      await sendAll(receiver, answer);
      assert.deepEqual(await collect(sender, 1), [datagram(9, 33)]);
    });

    test('a handle stays the same for the same source', async () => {
      const { sender, receiver } = await pair();
      const heard = new DatagramBatch(8, 2048);
      const peers: (number | undefined)[] = [];
      for (const tag of [1, 2, 3]) {
        await sendAll(sender, batchOf([datagram(tag, 10)]));
        await receiveInto(receiver, heard);
        peers.push(heard.peers[0]);
      }
      assert.deepEqual(peers, [peers[0], peers[0], peers[0]]);
    });

    test('a datagram to an unknown handle is lost, not an error', async () => {
      const { sender, receiver } = await pair();
      const batch = batchOf([datagram(1, 10), datagram(2, 10), datagram(3, 10)]);
      batch.peers[1] = 4711;
      await sendAll(sender, batch);
      assert.deepEqual(await collect(receiver, 2), [datagram(1, 10), datagram(3, 10)]);
    });

    test('an answer that the network takes not at all is lost, not an error', async () => {
      const { sender, receiver } = await pair();
      await sendAll(sender, batchOf([datagram(1, 10)]));
      const heard = new DatagramBatch(8, 2048);
      await receiveInto(receiver, heard);
      // Longer than any UDP datagram over IPv4.
      const answer = batchOf([datagram(2, 65_530)], 65_536);
      answer.peers[0] = heard.peers[0] ?? 0;
      await sendAll(receiver, answer);
      await sendAll(sender, batchOf([datagram(3, 10)]));
      assert.deepEqual(await collect(receiver, 1), [datagram(3, 10)]);
      assert.ok(receiver.trouble);
    });

    test('a datagram that is too long for the network ends the session that sends it to the group', async () => {
      const { sender } = await pair();
      await assert.rejects(
        async () => {
          await sendAll(sender, batchOf([datagram(1, 65_530)], 65_536));
          await collect(sender, 1, new DatagramBatch(4, 256), 200);
        },
        { code: 'datagram_too_big' },
      );
    });

    test('a datagram that is longer than its slot is dropped, not cut, and counted', async () => {
      const { sender, receiver } = await pair();
      await sendAll(sender, batchOf([datagram(1, 500), datagram(2, 100)]));
      assert.deepEqual(await collect(receiver, 1, new DatagramBatch(4, 256)), [datagram(2, 100)]);
      assert.equal(receiver.counts().truncatedCount, 1);
    });

    test('a batch that is not full because some was dropped still tells that more is there', async () => {
      const { sender, receiver } = await pair();
      await sendAll(sender, batchOf([datagram(1, 500), ...[2, 3, 4, 5, 6].map((tag) => datagram(tag, 100))]));
      // All of it has come in then.
      await receiver.wait(50_000, { nap: true });
      const batch = new DatagramBatch(2, 256);
      assert.equal(receiver.receive(batch), 1);
      assert.equal(receiver.hasMore, true);
      assert.equal((await collect(receiver, 4, batch)).length, 4);
      assert.equal(receiver.receive(batch), 0);
      assert.equal(receiver.hasMore, false);
    });

    test('an interface that stayed keeps its group when it is looked after', async () => {
      const { sender, receiver } = await pair({ hearGroup: true });
      for (const socket of [sender, receiver]) socket.checkInterface();
      assert.equal(receiver.trouble, undefined);
      await sendAll(sender, batchOf([datagram(1, 10)]));
      assert.deepEqual(await collect(receiver, 1), [datagram(1, 10)]);
    });

    test('a source-specific receiver hears the named source', async () => {
      const { sender, receiver } = await pair({ address: '232.77.1.1', source: '127.0.0.1' });
      await sendAll(sender, batchOf([datagram(1, 10)]));
      assert.deepEqual(await collect(receiver, 1), [datagram(1, 10)]);
    });

    test('a source-specific receiver does not hear another source', async () => {
      const { sender, receiver } = await pair({ address: '232.77.1.2', source: '127.0.0.9' });
      await sendAll(sender, batchOf([datagram(1, 10)]));
      assert.deepEqual(await collect(receiver, 1, new DatagramBatch(4, 256), 100), []);
    });

    // Linux routes no IPv6 multicast over `lo`. A hop limit of 0 keeps it on this host on any other interface.
    const ipv6 = ipv6Interface();
    const ipv6Options = { interface: ipv6?.address, ttl: 0 };
    const ipv6Only = { skip: ipv6 === undefined && 'no interface with an IPv6 address' };

    test('IPv6: the group is heard and feedback comes back', ipv6Only, async () => {
      const { sender, receiver } = await pair({ ...ipv6Options, address: 'ff15::77' });
      await sendAll(sender, batchOf([datagram(1, 10)]));
      const heard = new DatagramBatch(8, 2048);
      await receiveInto(receiver, heard);
      assert.deepEqual(receiver.address(heard.peers[0] ?? 0), { address: ipv6?.address, port: sender.localPort });
      const answer = batchOf([datagram(2, 10)]);
      answer.peers[0] = heard.peers[0] ?? 0;
      await sendAll(receiver, answer);
      assert.deepEqual(await collect(sender, 1), [datagram(2, 10)]);
    });

    test('IPv6: a source-specific receiver hears the named source', ipv6Only, async () => {
      const { sender, receiver } = await pair({ ...ipv6Options, address: 'ff35::77', source: ipv6?.address });
      await sendAll(sender, batchOf([datagram(1, 10)]));
      assert.deepEqual(await collect(receiver, 1), [datagram(1, 10)]);
    });

    test('broadcast: every receiver of the port hears it, and can answer', async () => {
      const { sender, receiver, another } = await pair({ mode: 'broadcast', address: '127.255.255.255' });
      await sendAll(sender, batchOf([datagram(1, 10), datagram(2, 10)]));
      assert.deepEqual(await collect(another, 2), [datagram(1, 10), datagram(2, 10)]);
      const heard = new DatagramBatch(8, 2048);
      await receiveInto(receiver, heard);
      const answer = batchOf([datagram(3, 10)]);
      answer.peers[0] = heard.peers[0] ?? 0;
      await sendAll(receiver, answer);
      assert.deepEqual(await collect(sender, 1), [datagram(3, 10)]);
    });

    test('a sender that hears the group hears multicast feedback', async () => {
      const { sender, receiver } = await pair({ hearGroup: true });
      await sendAll(receiver, batchOf([datagram(5, 20)]));
      assert.deepEqual(await collect(sender, 1), [datagram(5, 20)]);
    });

    test('waiting ends when the time is over, and at once when a datagram is there', async () => {
      const { sender, receiver } = await pair();
      const started = performance.now();
      await receiver.wait(30_000);
      const quiet = performance.now() - started;
      assert.ok(quiet >= 25 && quiet < 1000, `waited ${quiet} ms`);
      await sendAll(sender, batchOf([datagram(1, 10)]));
      const before = performance.now();
      await receiver.wait(5_000_000);
      assert.ok(performance.now() - before < 2500);
    });

    test('an unknown interface is named, with those that there are', async () => {
      const group = { address: '239.255.77.1', port: nextPort++ };
      await assert.rejects(
        setup.open({ role: 'receiver', mode: 'multicast', group, interface: 'nonesuch0' }),
        (error) => {
          assert.ok(error instanceof TransportError);
          assert.equal(error.code, 'interface_unknown');
          assert.match(error.message, /nonesuch0.*127\.0\.0\.1/s);
          return true;
        },
      );
    });

    test('a port that somebody holds for himself is reported as in use', async () => {
      const { createSocket } = await import('node:dgram');
      const { once } = await import('node:events');
      const group = { address: '239.255.77.1', port: nextPort++ };
      const holder = createSocket('udp4').bind(group.port);
      await once(holder, 'listening');
      after(() => holder.close());
      await assert.rejects(setup.open({ role: 'receiver', mode: 'multicast', group, interface: '127.0.0.1' }), {
        code: 'port_in_use',
      });
    });
  });
}

function ipv6Interface(): NetworkInterfaceInfo | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find((each) => each.family === 'IPv6' && !each.internal && each.scopeid === 0);
}

/** `size` bytes, the first of which is the tag. */
function datagram(tag: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (index === 0 ? tag : (tag * 31 + index) & 255));
}

function batchOf(datagrams: readonly Uint8Array[], sizeMax = 2048): DatagramBatch {
  const batch = new DatagramBatch(datagrams.length, sizeMax);
  for (const each of datagrams) {
    batch.bytes.set(each, batch.end);
    batch.append(each.length, 0);
  }
  return batch;
}

async function sendAll(socket: UdpSocket, batch: DatagramBatch): Promise<void> {
  for (let sent = 0, tries = 0; sent < batch.count; tries++) {
    assert.ok(tries < 1000, 'the socket takes nothing');
    sent += socket.send(batch, sent);
    if (sent < batch.count) await socket.wait(10_000, { forWrite: true });
  }
}

async function receiveInto(socket: UdpSocket, batch: DatagramBatch, patienceMs = 2000): Promise<number> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    if (socket.receive(batch) > 0) return batch.count;
    await socket.wait(20_000);
  }
  return 0;
}

async function collect(
  socket: UdpSocket,
  count: number,
  batch = new DatagramBatch(64, 2048),
  patienceMs?: number,
): Promise<Uint8Array[]> {
  const collected: Uint8Array[] = [];
  while (collected.length < count && (await receiveInto(socket, batch, patienceMs)) > 0) {
    for (let index = 0; index < batch.count; index++) {
      const offset = batch.offsets[index] ?? 0;
      collected.push(batch.bytes.slice(offset, offset + (batch.lengths[index] ?? 0)));
    }
  }
  return collected;
}
