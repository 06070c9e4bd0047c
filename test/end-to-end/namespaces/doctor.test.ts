import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { test } from 'node:test';
import { LabNetwork } from '../../../lab/network.ts';
import { Deployment, type DeployedDevice } from '../../support/deployment.ts';
import { ManagedProcess } from '../../support/managed-process.ts';
import { writeRandomFile } from '../../support/scratch.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { skip } from './lab-available.ts';

const ROLLCALL = normalize(join(import.meta.dirname, '../../../rollcall'));
const DEVICE_DISK_BYTES = 24 * 1024 ** 2;
const TIMEOUT_MILLIS = 240_000;

interface Finding {
  readonly check: string;
  readonly severity: string;
  readonly subjects: readonly string[];
  readonly seen: string;
  readonly advice: string | null;
}

interface Told {
  readonly code: number;
  readonly findings: readonly Finding[];
}

test('the doctor names each fault that is planted, and nothing else', { skip, timeout: TIMEOUT_MILLIS }, async (t) => {
  using network = LabNetwork.create({ devices: 2 });
  await using deployment = await Deployment.start({ network });
  using disk = mountSmallDisk(deployment.scratch.join('d1'));
  const [d1, d2] = await deployment.addDevices(2);
  assert.ok(d1 !== undefined && d2 !== undefined);

  const onServer = (): Promise<Told> => examine(deployment, network, 'srv', ['--data', deployment.serverData]);
  const onDevice = (
    device: DeployedDevice,
    wrapper: readonly string[] = [],
    further: readonly string[] = [],
  ): Promise<Told> => examine(deployment, network, device.name, ['--data', device.data, ...further], wrapper);

  await t.test('a network without a fault has no error', async () => {
    const [told, own] = await Promise.all([onServer(), onDevice(d2)]);
    assert.deepEqual([...serious(told), ...serious(own)], []);
    for (const check of ['multicast', 'broadcast', 'back-channel', 'membership', 'interface']) {
      assert.deepEqual(find(told, check, 'ok')?.subjects, ['d1', 'd2'], `${check}: ${JSON.stringify(told.findings)}`);
    }
  });

  await t.test('MTU 1400', async (t2) => {
    network.run('d1', 'ip', ['link', 'set', 'eth0', 'mtu', '1400']);
    t2.after(() => network.run('d1', 'ip', ['link', 'set', 'eth0', 'mtu', '1500']));
    const [told, own] = await Promise.all([onServer(), onDevice(d1)]);
    assert.match(only(told, 'mtu', 'd1').seen, /1472 bytes do not arrive/);
    assert.match(own.findings.map(({ seen }) => seen).join('\n'), /eth0 has an MTU of 1400/);
  });

  await t.test('blocked multicast', async (t2) => {
    network.blockMulticast('d1');
    t2.after(() => network.blockMulticast('d1', false));
    const told = await onServer();
    assert.match(only(told, 'multicast', 'd1').seen, /nothing arrives/);
    assert.match(only(told, 'multicast', 'd1').advice ?? '', /--mode broadcast/);
    assert.deepEqual(find(told, 'multicast', 'ok')?.subjects, ['d2']);
    assert.equal(told.code, 8);

    const file = writeRandomFile(deployment.scratch.join('f.bin'), 256 * 1024);
    const task = await deployment.ended(
      await deployment.createTask(['copy', file, '--to', 'f.bin', '--target', 'all']),
    );
    const ids = new Map(task.deliveries.map(({ device, path }) => [device.name, { id: device.id, path }]));
    assert.deepEqual([ids.get('d1')?.path, ids.get('d2')?.path], ['unicast', 'multicast']);
    const [session] = task.sessions;
    assert.deepEqual(
      session?.handedOver.map(({ deviceId, reason }) => [deviceId, reason]),
      [[ids.get('d1')?.id, 'unreached']],
      'the task says that multicast does not reach it',
    );
  });

  await t.test('blocked back-channel', async (t2) => {
    const rules =
      'table inet doctor { chain in { type filter hook input priority 0; ip saddr 10.77.0.0/16 meta l4proto udp drop; }; }';
    network.run('srv', 'nft', ['-f', '-'], rules);
    t2.after(() => network.run('srv', 'nft', ['delete', 'table', 'inet', 'doctor']));
    const told = await onServer();
    assert.match(find(told, 'back-channel', 'error')?.seen ?? '', /none of its \d+ answers comes back/);
    assert.deepEqual(
      serious(told).map(({ check }) => check),
      ['back-channel', 'back-channel'],
    );
  });

  await t.test('small buffers', async () => {
    const limit = deployment.scratch.join('rmem_max');
    writeFileSync(limit, '212992\n');
    // The limit is that of the whole machine: only this command sees another one.
    const told = await onDevice(d2, [
      'sh',
      '-ec',
      `mount --bind ${limit} /proc/sys/net/core/rmem_max; exec "$@"`,
      'sh',
    ]);
    assert.match(only(told, 'buffers', 'd2').seen, /rmem_max is 208 KiB/);
    assert.equal(told.code, 7);
  });

  await t.test('a clock that is off by a day', async (t2) => {
    if (spawnSync('faketime', ['--version']).status !== 0) return t2.skip('faketime is not installed');
    const told = await onDevice(d2, ['faketime', '-f', '+1d']);
    assert.match(only(told, 'clock', 'd2').seen, /24 h 0 min ahead of/);
  });

  await t.test('a full disk', async (t2) => {
    const { bavail, bsize } = statfsSync(disk.path);
    const filler = join(disk.path, 'filler');
    writeFileSync(filler, Buffer.alloc(bavail * bsize - 64 * 1024));
    t2.after(() => rmSync(filler));
    assert.match(only(await onDevice(d1), 'disk', 'd1').seen, /the disk is full/);
  });

  await t.test('the wrong interface', async () => {
    await wrongInterface(network, d1);
    const [told, own] = await Promise.all([onServer(), onDevice(d1, [], ['--interface', 'other0'])]);
    assert.match(find(told, 'interface', 'error')?.seen ?? '', /listens on other0 .*reaches the server by eth0/);
    assert.deepEqual(find(told, 'interface', 'error')?.subjects, ['d1']);
    assert.match(find(own, 'interface', 'error')?.advice ?? '', /--interface eth0/);
  });

  await t.test('the wrong interface of the server', async () => {
    addInterface(network, 'srv', '10.79.0.1/24');
    await deployment.server.stop();
    await deployment.startServer([], 'other0');
    await waitUntil(
      'd2 is back',
      () => deployment.listDevices(),
      (devices) => devices.some(({ name, online }) => name === 'd2' && online),
    );
    // d1 still listens where it should not, and is told that first.
    const { findings } = await onServer();
    const found = findings.find(({ check, subjects }) => check === 'interface' && subjects.includes('d2'));
    assert.match(found?.seen ?? '', /multicasts by other0 .*the device reaches it at 10\.77\./);
    assert.match(found?.advice ?? '', /start the server with --interface 10\.77\./);
  });
});

/** A small disk of its own, for as long as the scope lasts. */
function mountSmallDisk(path: string): Disposable & { readonly path: string } {
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DEVICE_DISK_BYTES},mode=0700`, 'tmpfs', path]);
  // Lazily: a process that was just killed may still hold a file.
  return { path, [Symbol.dispose]: () => execFileSync('umount', ['--lazy', path]) };
}

async function wrongInterface(network: LabNetwork, device: DeployedDevice): Promise<void> {
  addInterface(network, device.name, '10.78.0.1/24');
  await device.stop();
  await device.start(['--interface', 'other0']);
}

/** One that leads nowhere: `other0`. */
function addInterface(network: LabNetwork, host: string, address: string): void {
  network.run(host, 'ip', ['link', 'add', 'other0', 'type', 'veth', 'peer', 'name', 'other1']);
  network.run(host, 'ip', ['addr', 'add', address, 'dev', 'other0']);
  for (const end of ['other0', 'other1']) network.run(host, 'ip', ['link', 'set', end, 'up']);
}

async function examine(
  deployment: Deployment,
  network: LabNetwork,
  host: string,
  args: readonly string[],
  wrapper: readonly string[] = [],
): Promise<Told> {
  const line = [...wrapper, ROLLCALL, 'doctor', ...args, '--duration', host === 'srv' ? '2s' : '1s', '--json'];
  const [program, programArgs] = network.wrap(host, line[0]!, line.slice(1));
  const env = { PATH: process.env['PATH'], NO_COLOR: '1', ...deployment.env };
  const child = new ManagedProcess(program, programArgs, { env });
  const code = await child.exited;
  assert.ok(child.stdout.startsWith('{'), `${line.join(' ')} ended with ${code}: ${child.stderr}`);
  return { code, findings: (JSON.parse(child.stdout) as { findings: readonly Finding[] }).findings };
}

function find({ findings }: Told, check: string, severity: string): Finding | undefined {
  return findings.find((finding) => finding.check === check && finding.severity === severity);
}

/** The machine's own receive buffer and disk are what they are. */
function serious({ findings }: Told): readonly Finding[] {
  return findings.filter(
    ({ check, severity }) =>
      severity === 'error' || (severity === 'warning' && check !== 'buffers' && check !== 'disk'),
  );
}

/** What must be the only serious finding, and of this device alone. */
function only(told: Told, check: string, subject: string): Finding {
  const found = told.findings.find(
    (finding) => finding.check === check && ['warning', 'error'].includes(finding.severity),
  );
  assert.ok(found !== undefined, `no ${check}: ${JSON.stringify(told.findings, undefined, 1)}`);
  assert.deepEqual(found.subjects, [subject]);
  assert.ok(found.advice !== null);
  const others = serious(told).filter((finding) => finding.check !== check);
  assert.deepEqual(others, []);
  return found;
}
