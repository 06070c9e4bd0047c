/**
 * How much memory a transfer takes that is many times as large as the machine's: node bench/large.ts (as root)
 *
 * `rollcall cast` sends a sparse file to two devices on a network of namespaces, which write it to disk; what counts is
 * the largest resident set (VmHWM) of the sender, and of each receiver. Exit code 1 when one is above the bar.
 *
 *   --size BYTES      of the file: 20GiB, 512MiB (default 20GiB; twice that is needed on the disk)
 *   --rate RATE       as for cast (default 900mbit)
 *   --folder PATH     where the files lie (default: the system's folder for temporary files)
 *   --json            one JSON document
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LabNetwork } from '../lab/network.ts';
import { prepareMachine } from './prepare-machine.ts';
import { runCast } from './run-cast.ts';
import { scriptFlags } from '../scripts/script-flags.ts';

const PEAK_MAX_MEBIBYTES = 200;
const DEVICE_COUNT = 2;
const UNITS = new Map([
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
]);

const { values } = scriptFlags(import.meta.url, {
  options: {
    size: { type: 'string', default: '20GiB' },
    rate: { type: 'string', default: '900mbit' },
    folder: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
  },
});
const size = bytesOf(values.size);
prepareMachine('large bench');
const { bavail, bsize } = statfsSync(values.folder);
if (bavail * bsize < DEVICE_COUNT * size * 1.02) stop(`not enough room in ${values.folder} for ${DEVICE_COUNT} copies`);
await main();

async function main(): Promise<void> {
  const folder = mkdtempSync(join(values.folder, 'rollcall-large-'));
  // A file of many GiB must not stay behind, however this ends.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(2));
  using network = LabNetwork.create({ devices: DEVICE_COUNT });
  const source = writeSparseFile(join(folder, 'source.bin'));
  const outs = network.devices.map(({ name }) => join(folder, name));
  const receivers = network.devices.map(({ name }, index) => {
    mkdirSync(outs[index] ?? '');
    return runCast(network, name, ['receive', '--out', outs[index] ?? '']);
  });
  await delay(2000);
  const begun = performance.now();
  const sender = runCast(network, 'srv', ['send', source, '--rate', values.rate, '--receivers', String(DEVICE_COUNT)]);
  const [sent, ...received] = await Promise.all([sender, ...receivers]);
  const seconds = (performance.now() - begun) / 1000;
  for (const { sha256 } of received) if (sha256 !== sent.sha256) stop(`a file arrived with another content: ${sha256}`);
  for (const out of outs) if (statSync(join(out, 'source.bin')).size !== size) stop(`${out} is not whole`);
  const figures = {
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node.js ${process.versions.node}`,
    bytes: size,
    seconds,
    bitsPerSecond: (size * 8) / seconds,
    senderPeakMebibytes: sent.usage.peakMebibytes,
    receiverPeakMebibytes: Math.max(...received.map(({ usage }) => usage.peakMebibytes)),
    senderCpuSeconds: sent.usage.cpuSeconds,
    receiverCpuSeconds: Math.max(...received.map(({ usage }) => usage.cpuSeconds)),
  };
  report(figures);
}

function report(
  figures: Readonly<Record<'seconds' | 'bitsPerSecond', number>> & Record<string, number | string>,
): void {
  const peaks = [Number(figures['senderPeakMebibytes']), Number(figures['receiverPeakMebibytes'])];
  const isMissed = peaks.some((peak) => peak > PEAK_MAX_MEBIBYTES);
  if (values.json) console.log(JSON.stringify({ ...figures, peakMaxMebibytes: PEAK_MAX_MEBIBYTES, isMissed }));
  else {
    console.log(`${values.size} to ${DEVICE_COUNT} devices on disk, ${String(figures['machine'])}`);
    console.log(`${figures.seconds.toFixed(0)} s, ${(figures.bitsPerSecond / 1e6).toFixed(0)} Mbit/s`);
    console.log(
      `peak MiB: sender ${peaks[0]?.toFixed(0)}, receiver ${peaks[1]?.toFixed(0)} (bar ${PEAK_MAX_MEBIBYTES} each)` +
        `; CPU s: ${Number(figures['senderCpuSeconds']).toFixed(0)}, ${Number(figures['receiverCpuSeconds']).toFixed(0)}`,
    );
    if (isMissed) console.log('missed');
  }
  process.exitCode = isMissed ? 1 : 0;
}

/** Holes, and a word in each GiB, so that a part in the wrong place is another file. */
function writeSparseFile(path: string): string {
  const file = openSync(path, 'wx');
  ftruncateSync(file, size);
  for (let offset = 0; offset < size; offset += 1024 ** 3) writeSync(file, `at ${offset}`, offset);
  closeSync(file);
  const { stdout } = spawnSync('du', ['-k', path], { encoding: 'utf8' });
  if (Number.parseInt(stdout, 10) > 1024) stop('this file system makes no holes');
  return path;
}

function bytesOf(text: string): number {
  const [, number, unit = ''] = /^(\d+)(MiB|GiB)$/.exec(text) ?? [];
  const factor = UNITS.get(unit);
  if (number === undefined || factor === undefined) stop(`--size is like 20GiB or 512MiB, not ${text}`);
  return Number(number) * factor;
}

function stop(message: string): never {
  process.stderr.write(`large bench: ${message}\n`);
  process.exit(2);
}
