/**
 * How fast `rollcall cast` is, on a network of namespaces with real packets: node bench/cast.ts (as root)
 *
 * wall     from the start of the sender's process until the last receiver has the whole file under its name
 * x ideal  wall / (size × 8 / (rate × 1472/1538) / (1 − loss)): a perfect code, no start-up
 * wire     bytes on the sender's interface / file size
 * CPU      seconds of the sender's process, and of all receivers' together
 * peak     largest resident set (VmHWM) of the sender, and of the largest receiver
 *
 * Every received file's SHA-256 is compared. Exit code 1 when a bar is missed. --json prints one JSON document;
 * --runs N takes the median of N; --only TEXT runs the rows whose name has it.
 */
import { randomFillSync, createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LabNetwork } from '../lab/network.ts';
import { usageOf, type ProcessUsage } from './process-usage.ts';
import { prepareMachine } from './prepare-machine.ts';
import { scriptFlags } from '../scripts/script-flags.ts';

interface Row {
  readonly name: string;
  readonly sizeMebibytes: number;
  readonly devices: number;
  readonly rateMegabits: number;
  readonly lossPercent: number;
  /** What this project promises; undefined: shown, not judged. */
  readonly timesIdealMax: number | undefined;
}

interface Measurement extends Row {
  readonly wallSeconds: number;
  readonly timesIdeal: number;
  readonly wireRatio: number;
  readonly senderCpuSeconds: number;
  readonly receiverCpuSeconds: number;
  readonly senderPeakMebibytes: number;
  readonly receiverPeakMebibytes: number;
  readonly missed: readonly string[];
}

const PEAK_MAX_MEBIBYTES = 200;
const ROWS: readonly Row[] = [
  { name: '1 x 1 Gbit/s', sizeMebibytes: 256, devices: 1, rateMegabits: 1000, lossPercent: 0, timesIdealMax: 1.3 },
  { name: '1 x 1 Gbit/s 5 %', sizeMebibytes: 256, devices: 1, rateMegabits: 1000, lossPercent: 5, timesIdealMax: 1.5 },
  { name: '4 x 200 Mbit/s', sizeMebibytes: 256, devices: 4, rateMegabits: 200, lossPercent: 0, timesIdealMax: 1.3 },
  { name: '4 x 200 Mbit/s 5 %', sizeMebibytes: 256, devices: 4, rateMegabits: 200, lossPercent: 5, timesIdealMax: 1.5 },
  { name: '2 GiB', sizeMebibytes: 2048, devices: 1, rateMegabits: 1000, lossPercent: 1, timesIdealMax: undefined },
];
const GROUP = '239.255.7.7:6003';
const ROLLCALL = join(import.meta.dirname, '../packages/cli/bin/rollcall.mjs');
/** Payload of a full frame, and the time it takes on the line in bytes. */
const PAYLOAD_SHARE = 1472 / 1538;

const { values } = scriptFlags(import.meta.url, {
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
});
prepareMachine('cast bench');
const measurements: Measurement[] = [];
for (const row of ROWS.filter(({ name }) => name.includes(values.only))) {
  const runs: Measurement[] = [];
  for (let run = 0; run < Number(values.runs); run++) runs.push(await measure(row));
  runs.sort((left, right) => left.wallSeconds - right.wallSeconds);
  const median = runs[Math.floor(runs.length / 2)];
  if (median) measurements.push(median);
}
if (values.json) console.log(JSON.stringify({ machine: machine(), measurements }));
else printTable(measurements);
process.exitCode = measurements.some(({ missed }) => missed.length > 0) ? 1 : 0;

async function measure(row: Row): Promise<Measurement> {
  // In memory where there is such a folder: the disk is not what is measured.
  const folder = mkdtempSync(join(hasSharedMemory() ? '/dev/shm' : tmpdir(), 'rollcall-bench-'));
  const network = LabNetwork.create({
    devices: row.devices,
    lossPercent: row.lossPercent,
    rateBitsPerSecond: row.rateMegabits * 1e6,
  });
  try {
    const source = join(folder, 'source.bin');
    const size = row.sizeMebibytes * 1024 ** 2;
    const sha256 = writeRandomFile(source, size);
    const receivers = network.devices.map((device) => {
      const out = join(folder, device.name);
      mkdirSync(out);
      return {
        ...start(network, device.name, ['receive', '--group', GROUP, '--interface', 'eth0', '--out', out]),
        out,
      };
    });
    for (const receiver of receivers) await untilListening(receiver.pid);
    const before = network.counters('srv').transmittedBytes;
    const startedAt = Date.now();
    const rate = `${row.rateMegabits}mbit`;
    const sending = ['send', source, '--group', GROUP, '--interface', 'eth0', '--rate', rate];
    const sender = start(network, 'srv', [...sending, '--receivers', String(row.devices)]);
    const results = await Promise.all([sender.ended, ...receivers.map(({ ended }) => ended)]);
    const wireBytes = network.counters('srv').transmittedBytes - before;
    for (const { result } of results) {
      if (result.sha256 !== sha256) throw new Error(`a file arrived with another content: ${result.sha256}`);
    }
    const wholeAt = Math.max(...receivers.map(({ out }) => statSync(join(out, 'source.bin')).ctimeMs));
    const [sent, ...received] = results;
    return judge(row, {
      wallSeconds: (wholeAt - startedAt) / 1000,
      wireRatio: wireBytes / size,
      senderCpuSeconds: sent.usage.cpuSeconds,
      receiverCpuSeconds: received.reduce((sum, { usage }) => sum + usage.cpuSeconds, 0),
      senderPeakMebibytes: sent.usage.peakMebibytes,
      receiverPeakMebibytes: Math.max(...received.map(({ usage }) => usage.peakMebibytes)),
    });
  } finally {
    network.down();
    rmSync(folder, { recursive: true, force: true });
  }
}

function judge(row: Row, figures: Omit<Measurement, keyof Row | 'timesIdeal' | 'missed'>): Measurement {
  const lineSeconds = (row.sizeMebibytes * 1024 ** 2 * 8) / (row.rateMegabits * 1e6 * PAYLOAD_SHARE);
  const timesIdeal = figures.wallSeconds / (lineSeconds / (1 - row.lossPercent / 100));
  const missed = [
    ...(timesIdeal > (row.timesIdealMax ?? Infinity)
      ? [`${timesIdeal.toFixed(2)} > ${row.timesIdealMax} x ideal`]
      : []),
    ...(figures.senderPeakMebibytes > PEAK_MAX_MEBIBYTES ? [`sender's peak > ${PEAK_MAX_MEBIBYTES} MiB`] : []),
    ...(figures.receiverPeakMebibytes > PEAK_MAX_MEBIBYTES ? [`receiver's peak > ${PEAK_MAX_MEBIBYTES} MiB`] : []),
  ];
  return { ...row, ...figures, timesIdeal, missed };
}

function start(network: LabNetwork, host: string, args: readonly string[]) {
  const child = network.spawn(host, process.execPath, [ROLLCALL, 'cast', ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = child.pid ?? 0;
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  let usage: ProcessUsage = { cpuSeconds: 0, peakMebibytes: 0 };
  // The kernel forgets a process with its end: looked at often, the last look is close enough.
  const timer = setInterval(() => (usage = usageOf(pid) ?? usage), 20);
  const ended = once(child, 'close').then(([code]) => {
    clearInterval(timer);
    if (code !== 0) throw new Error(`cast ${args[0]} on ${host} ended with code ${code}: ${output}`);
    return { result: JSON.parse(output) as { sha256: string }, usage };
  });
  return { pid, ended };
}

/** Until the receiver's socket is bound: a packet before that would count as lost. */
async function untilListening(pid: number): Promise<void> {
  const port = Number(GROUP.split(':')[1]).toString(16).toUpperCase().padStart(4, '0');
  for (let tries = 0; tries < 500; tries++) {
    if (readFileSync(`/proc/${pid}/net/udp`, 'utf8').includes(`:${port} `)) return;
    await delay(20);
  }
  throw new Error('a receiver did not begin to listen');
}

function writeRandomFile(path: string, size: number): string {
  const chunk = new Uint8Array(1024 ** 2);
  const hash = createHash('sha256');
  const fd = openSync(path, 'w');
  for (let written = 0; written < size; written += chunk.length) {
    randomFillSync(chunk);
    hash.update(chunk);
    writeSync(fd, chunk);
  }
  closeSync(fd);
  return hash.digest('hex');
}

function hasSharedMemory(): boolean {
  return statSync('/dev/shm', { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function machine(): string {
  return `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node.js ${process.versions.node}`;
}

function printTable(rows: readonly Measurement[]): void {
  console.log(`${machine()}\n`);
  console.log(
    '| network | MiB | wall s | x ideal (bar) | wire | CPU s sender / receivers | peak MiB sender / receiver |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const row of rows) {
    const bar = row.timesIdealMax === undefined ? '' : ` (${row.timesIdealMax.toFixed(2)})`;
    console.log(
      `| ${row.name} | ${row.sizeMebibytes} | ${row.wallSeconds.toFixed(2)} | ${row.timesIdeal.toFixed(2)}${bar} ` +
        `| ${row.wireRatio.toFixed(3)} | ${row.senderCpuSeconds.toFixed(1)} / ${row.receiverCpuSeconds.toFixed(1)} ` +
        `| ${row.senderPeakMebibytes.toFixed(0)} / ${row.receiverPeakMebibytes.toFixed(0)} |`,
    );
  }
  for (const { name, missed } of rows) for (const each of missed) console.log(`missed: ${name}: ${each}`);
}
