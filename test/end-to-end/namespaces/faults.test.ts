/** What networks and machines do to a transfer: each fault with real packets, and the file whole at the end. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LabNetwork } from '../../../lab/network.ts';
import type { NetworkOptions } from '../../../lab/network.ts';
import type { ManagedProcess } from '../../support/managed-process.ts';
import { startRollcall } from '../../support/rollcall.ts';
import { Scratch, sha256Of, writeRandomFile } from '../../support/scratch.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { skip } from './lab-available.ts';

const MIB = 1024 * 1024;
const OPTIONS = { skip, timeout: 120_000 };
const GROUP = ['--group', '239.255.77.77:6077', '--interface', 'eth0'];

interface Received {
  readonly sha256: string;
  readonly overruns: number | null;
}

/** A cast on a network of its own, with every device as a receiver. */
class Cast implements Disposable {
  readonly network: LabNetwork;
  readonly scratch = new Scratch();
  readonly source: string;
  readonly receivers: ManagedProcess[] = [];
  sender: ManagedProcess | undefined;
  readonly #sendArgs: readonly string[];

  constructor(
    options: NetworkOptions & { readonly size: number; readonly rate: string; readonly send?: readonly string[] },
  ) {
    this.network = LabNetwork.create(options);
    this.source = writeRandomFile(this.scratch.join('source.bin'), options.size);
    this.#sendArgs = ['--rate', options.rate, ...(options.send ?? [])];
  }

  /** Starts the receivers, and the sender once they listen. */
  async start(receiveArgs: readonly string[] = []): Promise<void> {
    for (const { name } of this.network.devices) {
      mkdirSync(this.scratch.join(name));
      const args = ['cast', 'receive', ...GROUP, '--out', this.scratch.join(name), '--json', ...receiveArgs];
      this.receivers.push(startRollcall(args, { place: { network: this.network, host: name } }));
    }
    for (const { name } of this.network.devices) {
      await waitUntil(
        `${name} listens`,
        () => this.network.run(name, 'cat', ['/proc/net/igmp']),
        (table) => table.includes('4D4DFFEF'),
        20_000,
        50,
      );
    }
    this.send();
  }

  send(): void {
    const receivers = ['--receivers', String(this.receivers.length)];
    this.sender = startRollcall(['cast', 'send', this.source, ...GROUP, ...this.#sendArgs, ...receivers, '--json'], {
      place: { network: this.network, host: 'srv' },
    });
  }

  async untilSent(bytes: number): Promise<void> {
    await waitUntil(
      `${bytes} bytes sent`,
      () => this.network.counters('srv').transmittedBytes,
      (sent) => sent >= bytes,
      30_000,
      20,
    );
  }

  /** The whole file everywhere; returns what the receivers said. */
  async whole(): Promise<readonly Received[]> {
    const sha256 = await sha256Of(this.source);
    for (const each of [this.sender, ...this.receivers]) {
      assert.ok(each);
      assert.equal(await each.exited, 0, each.stderr);
    }
    return this.receivers.map((receiver) => {
      const result = JSON.parse(receiver.stdout) as Received;
      assert.equal(result.sha256, sha256);
      return result;
    });
  }

  /** Packets that this host cut into fragments. */
  fragmented(host: string): number {
    const [names = '', figures = ''] = this.network
      .run(host, 'cat', ['/proc/net/snmp'])
      .split('\n')
      .filter((line) => line.startsWith('Ip:'));
    return Number(figures.split(' ')[names.split(' ').indexOf('FragOKs')]);
  }

  [Symbol.dispose](): void {
    for (const each of [this.sender, ...this.receivers]) each?.kill();
    this.network.down();
    this.scratch[Symbol.dispose]();
  }
}

/** As a tunnel does that cannot, or may not, cut them. */
function dropLongPackets(network: LabNetwork, host: string): void {
  const chain = 'chain arrival { type filter hook ingress device "eth0" priority 1; meta length > 1300 drop; }';
  network.run(host, 'nft', ['-f', '-'], `table netdev narrow {\n${chain}\n}\n`);
}

test('a receiver that stops reading goes on: what overran is counted, told, and repaired', OPTIONS, async () => {
  using cast = new Cast({ devices: 2, size: 256 * MIB, rate: '300mbit' });
  await cast.start();
  await cast.untilSent(4 * MIB);
  const [stopped] = cast.receivers;
  assert.ok(stopped);
  process.kill(stopped.pid, 'SIGSTOP');
  // A receive buffer of a privileged process lasts for two thirds of that.
  await delay(3600);
  process.kill(stopped.pid, 'SIGCONT');
  const [overrun, other] = await cast.whole();
  assert.ok((overrun?.overruns ?? 0) > 1000, `${overrun?.overruns} overruns`);
  assert.match(stopped.stderr, /datagrams came and were lost in this machine.*rmem_max/);
  assert.equal(other?.overruns, 0);
});

test('half of all packets lost at each of three receivers is only a matter of time', OPTIONS, async () => {
  using cast = new Cast({ devices: 3, size: 2 * MIB, rate: '50mbit', lossPercent: 50 });
  await cast.start();
  await cast.whole();
});

test('a network that is silent for a tenth of a second, again and again, is repaired', OPTIONS, async () => {
  using cast = new Cast({ devices: 2, size: 8 * MIB, rate: '50mbit' });
  await cast.start();
  for (let burst = 1; burst <= 3; burst++) {
    await cast.untilSent(burst * 2 * MIB);
    cast.network.setLoss('all', 100);
    await delay(100);
    cast.network.setLoss('all', 0);
  }
  await cast.whole();
});

test('a link that drops to a tenth of its rate in mid-transfer still brings the file', OPTIONS, async () => {
  using cast = new Cast({ devices: 2, size: 4 * MIB, rate: '40mbit', rateBitsPerSecond: 50e6 });
  await cast.start();
  await cast.untilSent(2 * MIB);
  cast.network.setRate('srv', 5e6, 65_536);
  await cast.whole();
});

test('a sender that dies in mid-file is no loss when another one begins', OPTIONS, async () => {
  using cast = new Cast({ devices: 2, size: 6 * MIB, rate: '50mbit' });
  await cast.start();
  await cast.untilSent(3 * MIB);
  cast.sender?.kill();
  await cast.sender?.exited;
  cast.send();
  await cast.whole();
});

test('datagrams follow the MTU of the interface: nothing is cut', OPTIONS, async () => {
  using cast = new Cast({ devices: 1, size: 2 * MIB, rate: '100mbit' });
  for (const host of ['srv', 'd1']) cast.network.run(host, 'ip', ['link', 'set', 'eth0', 'mtu', '1400']);
  await cast.start();
  await cast.whole();
  assert.equal(cast.fragmented('srv'), 0);
});

test('a symbol that is too long for the MTU is cut by IP, and arrives', OPTIONS, async () => {
  using cast = new Cast({ devices: 1, size: 2 * MIB, rate: '100mbit', send: ['--symbol', '1400'] });
  for (const host of ['srv', 'd1']) cast.network.run(host, 'ip', ['link', 'set', 'eth0', 'mtu', '1400']);
  await cast.start();
  await cast.whole();
  assert.ok(cast.fragmented('srv') > 1000);
});

test('where only short packets get through, the receiver says what to set, and that works', OPTIONS, async () => {
  using cast = new Cast({ devices: 1, size: 2 * MIB, rate: '100mbit' });
  dropLongPackets(cast.network, 'd1');
  await cast.start(['--timeout', '3s']);
  const [receiver] = cast.receivers;
  assert.equal(await receiver?.exited, 4);
  assert.match(receiver?.stderr ?? '', /heard.*--symbol/s);
  cast.sender?.kill();
  using shorter = new Cast({ devices: 1, size: 2 * MIB, rate: '100mbit', send: ['--symbol', '1200'] });
  dropLongPackets(shorter.network, 'd1');
  await shorter.start();
  await shorter.whole();
});

test(
  'interfaces that lose their address, and one that is taken out, are back in the group by themselves',
  OPTIONS,
  async () => {
    using cast = new Cast({ devices: 2, size: 24 * MIB, rate: '50mbit' });
    await cast.start();
    const { network } = cast;
    const [d1, d2] = network.devices;
    assert.ok(d1 && d2);
    await cast.untilSent(4 * MIB);
    network.run('d1', 'ip', ['addr', 'flush', 'dev', 'eth0']);
    network.run('d2', 'ip', ['link', 'del', 'eth0']);
    await delay(500);
    network.run('d1', 'ip', ['addr', 'add', `${d1.ipv4}/16`, 'dev', 'eth0']);
    network.run('sw', 'ip', ['link', 'add', 'p-d2', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', d2.namespace]);
    network.run('sw', 'ip', ['link', 'set', 'p-d2', 'master', 'br0', 'up']);
    network.run('d2', 'ip', ['link', 'set', 'eth0', 'up']);
    network.run('d2', 'ip', ['addr', 'add', `${d2.ipv4}/16`, 'dev', 'eth0']);
    // The sender's as well, when those are back.
    await cast.untilSent(12 * MIB);
    network.run('srv', 'ip', ['link', 'set', 'eth0', 'down']);
    await delay(300);
    network.run('srv', 'ip', ['link', 'set', 'eth0', 'up']);
    await cast.whole();
  },
);
