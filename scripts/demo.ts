/**
 * `npm run demo`: a server and several devices, real sockets, a real file; one device is off and comes later.
 *
 *   npm run demo -- --size 64 --devices 3     a file of 64 MiB to 3 devices
 *
 * Without root everything is on this machine's loopback; with root each machine is a network namespace and loses
 * packets. Everything is made in a folder of its own and removed at the end.
 */
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabNetwork, labUnavailable } from '../lab/network.ts';
import { Deployment } from '../test/support/deployment.ts';
import type { TaskView } from '../test/support/deployment.ts';
import { showRollcall } from '../test/support/rollcall.ts';
import { sha256Of, writeRandomFile } from '../test/support/scratch.ts';
import { scriptFlags } from './script-flags.ts';

const MIB = 1024 * 1024;
const LOSS_PERCENT = 1;
const RATE = '200mbit';
/** Beside each device's file: what it received it from, and the server's and the source's copies. */
const COPIES_PER_DEVICE = 2;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = scriptFlags(import.meta.url, {
    options: { size: { type: 'string', default: '256' }, devices: { type: 'string', default: '5' } },
  });
  const [sizeMib, deviceCount] = [Number(values.size), Number(values.devices)];
  if (!(sizeMib >= 1 && sizeMib <= 4096) || !(deviceCount >= 2 && deviceCount <= 50)) {
    process.stderr.write('usage: npm run demo -- [--size 1..4096 MiB] [--devices 2..50]\n');
    return 2;
  }
  const size = sizeMib * MIB;
  const space = statfsSync(tmpdir());
  const needed = size * (2 + COPIES_PER_DEVICE * deviceCount);
  if (space.bavail * space.bsize < needed) {
    process.stderr.write(`the demo needs ${mib(needed)} in ${tmpdir()}; give less: npm run demo -- --size 16\n`);
    return 1;
  }
  const reason = labUnavailable();
  using network =
    reason === undefined ? LabNetwork.create({ devices: deviceCount, lossPercent: LOSS_PERCENT }) : undefined;
  return await run(network, reason, size, deviceCount);
}

async function run(
  network: LabNetwork | undefined,
  reason: string | undefined,
  size: number,
  deviceCount: number,
): Promise<number> {
  say(`\nRollcall demo: one server, ${deviceCount} devices, a file of ${mib(size)}; one device is switched off.`);
  say(
    network === undefined
      ? `All of them are processes on this machine's loopback (${reason}).`
      : `Each is a network namespace of its own; every device loses ${LOSS_PERCENT}% of its packets.`,
  );

  step('The server starts, the devices join it');
  await using deployment = await Deployment.start({
    ...(network === undefined ? {} : { network }),
    serve: ['--rate', RATE],
  });
  say(`server   ready ${deployment.url}`);
  for (let index = 1; index <= deviceCount; index++) await deployment.join(`d${index}`);
  const devices = [...deployment.devices.values()];
  const late = devices[deviceCount - 1];
  if (late === undefined) throw new Error('there is no device');
  const online = devices.slice(0, -1);
  await Promise.all(online.map((device) => device.start()));
  for (const device of online) say(`${device.name.padEnd(8)} ready`);
  say(`${late.name.padEnd(8)} switched off`);

  step('The operator creates a task; the server multicasts the file once');
  const source = writeRandomFile(deployment.scratch.join('image.bin'), size);
  const create = ['copy', source, '--to', 'image.bin', '--target', 'all', '--max-wait', '5s'];
  say('$ rollcall task create copy image.bin --to image.bin --target all');
  const sentBefore = network?.counters('srv').transmittedBytes ?? 0;
  const begun = performance.now();
  const task = await deployment.createTask(create);
  await follow(deployment, task, 'finishing');
  say(`The multicast is over after ${seconds(begun)}.`);

  step(`${late.name} is switched on, notices what it missed and fetches it by unicast`);
  const switchedOn = performance.now();
  await late.start();
  await follow(deployment, task, 'ended');
  say(`${late.name} is done ${seconds(switchedOn)} after it was switched on.`);

  step('The task status table');
  await showRollcall(['task', 'show', task, '--data', deployment.serverData], deployment.place('srv'), {
    result: 'show',
  });

  const view = await deployment.show(task);
  step('What the server sent');
  report(
    view,
    deviceCount,
    size,
    network === undefined ? undefined : network.counters('srv').transmittedBytes - sentBefore,
  );

  step('Every copy against the source');
  const digest = await sha256Of(source);
  let wrong = 0;
  for (const device of devices) {
    const isSame = (await sha256Of(join(device.files, 'image.bin')).catch(() => 'no file')) === digest;
    if (!isSame) wrong += 1;
    say(`${device.name.padEnd(8)} SHA-256 ${isSame ? 'verified' : 'DIFFERENT'}`);
  }
  const ok = wrong === 0 && view.outcome === 'all' && view.deliveries.length === deviceCount;
  say(ok ? `\nAll ${deviceCount} devices have the file.` : '\nThe demo failed: see above.');
  for (const device of devices) await device.stop();
  await deployment.server.stop();
  return ok ? 0 : 1;
}

/** Shows the task's progress until the phase is reached: bars on a terminal, lines elsewhere. */
async function follow(deployment: Deployment, task: string, phase: 'finishing' | 'ended'): Promise<void> {
  const place = deployment.place('srv');
  const args = [task, '--data', deployment.serverData];
  if (process.stderr.isTTY) {
    await showRollcall(['task', 'wait', ...args, '--phase', phase], place, { result: 'omit' });
    return;
  }
  const shown = new AbortController();
  const line = (text: string): void => {
    // The table that comes at the end is shown by itself.
    if (/^\d\d:\d\d:\d\d /.test(text)) say(`  ${text}`);
  };
  const watch = showRollcall(['task', 'watch', ...args], place, { result: line, signal: shown.signal });
  await deployment.until(task, phase, (view) => view.phase === phase || view.phase === 'ended', 600_000);
  // At its end it ends by itself, after the last line.
  if (phase !== 'ended') shown.abort();
  await watch;
}

function report(view: TaskView, deviceCount: number, size: number, wireBytes: number | undefined): void {
  const multicast = view.sessions.reduce((sum, session) => sum + session.bytesSent, 0);
  const sent = multicast + view.bytesUnicast;
  const unicasts = deviceCount * size;
  const rows = [
    ['multicast, once for all who listened', mib(multicast)],
    ['unicast, to finish the rest', mib(view.bytesUnicast)],
    ['together', mib(sent)],
    ...(wireBytes === undefined ? [] : [["counted on the server's interface, headers included", mib(wireBytes)]]),
    [`${deviceCount} unicasts would have cost`, mib(unicasts)],
    ['that is', `${(unicasts / sent).toFixed(1)} times as much`],
  ];
  for (const [label, value] of rows) say(`${label?.padEnd(52)} ${value?.padStart(12)}`);
}

function step(text: string): void {
  say(`\n── ${text}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0)} MiB`;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
