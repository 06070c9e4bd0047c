/**
 * What the automatic rate reaches, and what it leaves to others: npm run bench:rate (as root)
 *
 * A `cast` to one device through a switch port of 10, 100 and 1000 Mbit/s with a buffer of 256 KiB: at the link's own rate,
 * and with `--rate auto`, which knows nothing of the link. Printed are both times, and how much of what was sent was lost.
 * Then `--rate auto` for a minute beside one TCP flow (CUBIC) on 100 Mbit/s, and what each of them got.
 * Exit code 1 when auto takes more than 1 / 0.9 of the other's time, loses more than 1 %, or one of the two flows gets less
 * than 30 % of the link.
 *
 *   --links 10,100       only these, in Mbit/s (default 10,100,1000)
 *   --seconds N          beside the TCP flow (default 60; 0: not at all)
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LabNetwork } from '../lab/network.ts';
import { writeRandomFile } from '../test/support/scratch.ts';
import { installPackages } from './peers/debian.ts';
import { prepareMachine } from './prepare-machine.ts';
import { runCast } from './run-cast.ts';
import { scriptFlags } from '../scripts/script-flags.ts';

const GOODPUT_SHARE_MIN = 0.9;
const LOSS_SHARE_MAX = 0.01;
const FLOW_SHARE_MIN = 0.3;
const SWITCH_BUFFER_BYTES = 256 * 1024;
const MEBIBYTES_BY_MEGABITS = new Map([
  [10, 64],
  [100, 512],
  [1000, 4096],
]);
const SHARED_MEGABITS = 100;
/** TCP payload of a full frame against its time on the wire, and the receiver's start. */
const TCP_PAYLOAD_SHARE = 1448 / 1538;
const READY_MILLIS = 1500;

const { values: flags } = scriptFlags(import.meta.url, {
  options: { links: { type: 'string', default: '10,100,1000' }, seconds: { type: 'string', default: '60' } },
});
prepareMachine('rate bench');
// In memory: a disk must not be the limit.
const folder = mkdtempSync('/dev/shm/rollcall-rate-');
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
let isReached = true;
for (const megabits of flags.links.split(',').map(Number)) await measureLink(megabits);
if (Number(flags.seconds) > 0) await measureBesideTcp(Number(flags.seconds));
process.exitCode = isReached ? 0 : 1;

async function measureLink(megabits: number): Promise<void> {
  const mebibytes = MEBIBYTES_BY_MEGABITS.get(megabits) ?? Math.ceil(megabits * 5);
  const fixed = await transfer(megabits, mebibytes, `${megabits}mbit`);
  const auto = await transfer(megabits, mebibytes, 'auto');
  const share = fixed.seconds / auto.seconds;
  note(share >= GOODPUT_SHARE_MIN && auto.lossShare <= LOSS_SHARE_MAX);
  console.log(
    `${megabits} Mbit/s, ${mebibytes} MiB: fixed ${fixed.seconds.toFixed(2)} s, auto ${auto.seconds.toFixed(2)} s: ` +
      `${percent(share)} of the goodput (at least ${percent(GOODPUT_SHARE_MIN)}), ` +
      `${percent(auto.lossShare)} lost (at most ${percent(LOSS_SHARE_MAX)}; fixed ${percent(fixed.lossShare)})`,
  );
}

async function transfer(
  megabits: number,
  mebibytes: number,
  rate: string,
): Promise<{ readonly seconds: number; readonly lossShare: number }> {
  using network = labOf(megabits);
  const run = join(folder, rate);
  mkdirSync(run);
  try {
    const source = writeRandomFile(join(run, 'source.bin'), mebibytes * 1024 ** 2);
    const receiver = runCast(network, 'd1', ['receive', '--out', join(run, 'copy.bin')]);
    await delay(READY_MILLIS);
    const [sent, received] = await Promise.all([
      runCast(network, 'srv', ['send', source, '--rate', rate, '--receivers', '1']),
      receiver,
    ]);
    if (sent.sha256 !== received.sha256) throw new Error('another file arrived');
    return { seconds: sent.seconds, lossShare: Math.max(0, 1 - received.wireBytes / sent.wireBytes) };
  } finally {
    rmSync(run, { recursive: true });
  }
}

async function measureBesideTcp(seconds: number): Promise<void> {
  installPackages(['iperf3'], (line) => process.stderr.write(`${line}\n`));
  using network = labOf(SHARED_MEGABITS);
  const end = new AbortController();
  // More than the whole link carries in the time, so that neither flow ever has it to itself.
  const size = Math.ceil((SHARED_MEGABITS * 1e6 * (seconds + 10)) / 8);
  const source = writeRandomFile(join(folder, 'shared.bin'), size);
  const server = network.spawn('d1', 'iperf3', ['-s', '-1'], { stdio: 'ignore' });
  const receiver = runCast(network, 'd1', ['receive', '--out', join(folder, 'shared-copy.bin')], end.signal);
  await delay(READY_MILLIS);
  const receivedBefore = network.counters('d1').receivedBytes;
  const sender = runCast(network, 'srv', ['send', source, '--rate', 'auto', '--receivers', '1'], end.signal);
  const flow = ['-c', network.host('d1').ipv4, '-C', 'cubic', '-t', String(seconds), '-J'];
  const tcp = network.spawn('srv', 'iperf3', flow);
  let report = '';
  tcp.stdout?.on('data', (chunk: Buffer) => (report += chunk.toString()));
  await once(tcp, 'close');
  const received = network.counters('d1').receivedBytes - receivedBefore;
  end.abort();
  await Promise.allSettled([sender, receiver]);
  server.kill();
  const { end: sums } = JSON.parse(report) as { readonly end: { readonly sum_received: { readonly bytes: number } } };
  const linkBytes = (SHARED_MEGABITS * 1e6 * seconds) / 8;
  const tcpShare = sums.sum_received.bytes / TCP_PAYLOAD_SHARE / linkBytes;
  const ownShare = (received - (sums.sum_received.bytes * 1514) / 1448) / linkBytes;
  note(tcpShare >= FLOW_SHARE_MIN && ownShare >= FLOW_SHARE_MIN);
  console.log(
    `${seconds} s beside one CUBIC flow on ${SHARED_MEGABITS} Mbit/s: TCP ${percent(tcpShare)} of the link, ` +
      `cast ${percent(ownShare)} (at least ${percent(FLOW_SHARE_MIN)} each)`,
  );
}

function labOf(megabits: number): LabNetwork {
  const network = LabNetwork.create({ devices: 1 });
  network.setRate('d1', megabits * 1e6, SWITCH_BUFFER_BYTES);
  return network;
}

function note(isBarReached: boolean): void {
  isReached &&= isBarReached;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
