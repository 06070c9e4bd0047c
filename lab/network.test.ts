import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryCommand } from './command.ts';
import { LabNetwork, labUnavailable } from './network.ts';

const reason = labUnavailable();
const skip = reason === undefined ? false : reason;

/** Nothing heard for so long: nothing more comes. */
const QUIET_MILLIS = 300;

/** Listens in a host, and prints how many datagrams it heard when told so. */
const LISTENER = `
const socket = require('node:dgram').createSocket({ type: process.argv[1], reuseAddr: true, recvBufferSize: 4194304 });
let count = 0;
socket.on('message', () => { count += 1; });
socket.bind(7000, () => { if (process.argv[2]) socket.addMembership(process.argv[2], process.argv[3]); console.log('ready'); });
process.stdin.on('data', () => console.log('heard ' + count));
`;
const SENDER = `
const socket = require('node:dgram').createSocket(process.argv[1]);
const [, , address, count, size] = process.argv;
socket.bind(0, () => {
  socket.setBroadcast(process.argv[1] === 'udp4');
  let sent = 0;
  const next = () => { if (sent++ === Number(count)) { socket.close(); return; } socket.send(Buffer.alloc(Number(size)), 7000, address, next); };
  next();
});
`;

async function listen(lab: LabNetwork, host: string, type: string, group = '', membership = '') {
  const child = lab.spawn(host, process.execPath, ['-e', LISTENER, type, group, membership]);
  const lines: string[] = [];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => lines.push(text.trim()));
  const line = async (prefix: string): Promise<string> => {
    for (;;) {
      const found = lines.findLast((each) => each.startsWith(prefix));
      if (found !== undefined) return found;
      assert.ok(child.stdout !== null);
      await once(child.stdout, 'data');
    }
  };
  await line('ready');
  const count = async (): Promise<number> => {
    lines.length = 0;
    child.stdin?.write('?');
    return Number((await line('heard')).split(' ')[1]);
  };
  return {
    /** Once nothing more comes: what was sent may still wait in the listener's socket. */
    heard: async (): Promise<number> => {
      for (let last = await count(), isQuiet = 0; ; isQuiet += 1) {
        await sleep(QUIET_MILLIS / 3);
        const now = await count();
        if (now !== last) isQuiet = -1;
        else if (isQuiet === 2) return now;
        last = now;
      }
    },
    close: (): boolean => child.kill('SIGKILL'),
  };
}

function send(lab: LabNetwork, type: string, address: string, count = 20, size = 100): void {
  lab.run('srv', process.execPath, ['-e', SENDER, type, address, String(count), String(size)]);
}

test('a lab of namespaces', { skip, timeout: 120_000 }, async (context) => {
  let lab: LabNetwork;
  before(() => {
    lab = LabNetwork.create({ devices: 2 });
  });
  after(() => lab.down());

  await context.test('multicast, broadcast and IPv6 multicast reach every device', async () => {
    for (const [type, address, group, membership] of [
      ['udp4', '239.255.1.1', '239.255.1.1', undefined],
      ['udp4', '10.77.255.255', '', undefined],
      ['udp6', 'ff15::1%eth0', 'ff15::1', '::%eth0'],
    ] as const) {
      const listeners = await Promise.all(
        lab.devices.map((device) => listen(lab, device.name, type, group, membership ?? device.ipv4)),
      );
      send(lab, type, address);
      for (const listener of listeners) {
        assert.equal(await listener.heard(), 20);
        listener.close();
      }
    }
  });

  await context.test('loss takes the share asked for, packet by packet, and counts it', async () => {
    lab.setLoss('d1', 30);
    const listener = await listen(lab, 'd1', 'udp4', '239.255.1.1', lab.host('d1').ipv4);
    const before = lab.counters('d1').lostPackets;
    send(lab, 'udp4', '239.255.1.1', 4000);
    const heard = await listener.heard();
    // Six standard deviations of a binomial distribution of 4,000 trials at 30%.
    assert.ok(Math.abs(heard - 2800) < 6 * 29, `${heard} of 4000 heard`);
    assert.equal(heard + lab.counters('d1').lostPackets - before, 4000);
    lab.setLoss('d1', 0);
    listener.close();
  });

  await context.test('a cut host hears nothing, and after heal everything', async () => {
    const listener = await listen(lab, 'd1', 'udp4', '239.255.1.1', lab.host('d1').ipv4);
    for (const silent of [false, true]) {
      const before = await listener.heard();
      lab.cut('d1', { silent });
      send(lab, 'udp4', '239.255.1.1');
      assert.equal(await listener.heard(), before);
      const carrier = lab.run('d1', 'cat', ['/sys/class/net/eth0/operstate']).trim();
      assert.equal(carrier === 'up', silent);
      lab.heal('d1');
      send(lab, 'udp4', '239.255.1.1');
      assert.equal(await listener.heard(), before + 20);
    }
    listener.close();
  });

  await context.test('blocked multicast leaves unicast alone', async () => {
    lab.blockMulticast('all');
    const listener = await listen(lab, 'd2', 'udp4', '239.255.1.1', lab.host('d2').ipv4);
    send(lab, 'udp4', '239.255.1.1');
    assert.equal(await listener.heard(), 0);
    send(lab, 'udp4', lab.host('d2').ipv4);
    assert.equal(await listener.heard(), 20);
    lab.blockMulticast('all', false);
    listener.close();
  });

  await context.test('shaping holds the rate of the line, and its counters see every byte', () => {
    lab.setRate('srv', 20e6);
    const before = lab.counters('srv').transmittedBytes;
    const begun = performance.now();
    send(lab, 'udp4', '239.255.1.1', 5000, 1472);
    const seconds = (performance.now() - begun) / 1000;
    const bytes = lab.counters('srv').transmittedBytes - before;
    assert.ok(bytes >= 2500 * 1514, 'what left the queue is counted');
    assert.ok(bytes * 8 <= 20e6 * seconds * 1.05, `${bytes} bytes in ${seconds} s`);
    lab.setRate('srv', undefined);
  });
});

test('a lab goes when its process is killed and the next one is made', { skip, timeout: 60_000 }, async () => {
  const script = `
    const { LabNetwork } = await import(${JSON.stringify(new URL('network.ts', import.meta.url).href)});
    const lab = LabNetwork.create({ devices: 1 });
    console.log(lab.name);
    setInterval(() => {}, 1000);`;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    const [name] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    assert.notEqual(tryCommand('ip', ['netns', 'pids', `${name.trim()}-d1`]), undefined);
    child.kill(signal);
    await once(child, 'exit');
    if (signal === 'SIGKILL') LabNetwork.create({ devices: 1 }).down();
    assert.equal(tryCommand('ip', ['netns', 'pids', `${name.trim()}-d1`]), undefined);
  }
});

test('offload with loss or shaping is refused, for it would act on super-packets', () => {
  assert.throws(() => LabNetwork.create({ devices: 1, offload: true, lossPercent: 1 }), RangeError);
  assert.throws(() => LabNetwork.create({ devices: 0 }), RangeError);
});
