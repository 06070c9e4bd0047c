/**
 * What a `copy` task costs server and agents, on a network of namespaces with real packets: node bench/copy.ts (as root)
 *
 * One device is on and gets the file by multicast, at 1 Gbit/s with 1 % loss; another one is off, is started when the
 * multicast is over, and gets it by unicast. Printed are how long each part took, the CPU seconds, and the largest
 * resident set (VmHWM) of the server and of each agent. Exit code 1 when one of them is above its bar, or a copy is wrong.
 * --mebibytes N sends another size than 2 GiB.
 */
import { LabNetwork } from '../lab/network.ts';
import { Deployment } from '../test/support/deployment.ts';
import { sha256Of, writeRandomFile } from '../test/support/scratch.ts';
import { usageOf } from './process-usage.ts';
import { prepareMachine } from './prepare-machine.ts';
import { scriptFlags } from '../scripts/script-flags.ts';

const PEAK_MAX_MEBIBYTES = 250;
const RATE_MEGABITS = 1000;
const LOSS_PERCENT = 1;
const WAIT_MILLIS = 600_000;

const { values } = scriptFlags(import.meta.url, { options: { mebibytes: { type: 'string', default: '2048' } } });
prepareMachine('copy bench');
process.exitCode = (await measure(Number(values.mebibytes) * 1024 ** 2)) ? 0 : 1;

async function measure(size: number): Promise<boolean> {
  const network = LabNetwork.create({ devices: 2, lossPercent: LOSS_PERCENT, rateBitsPerSecond: RATE_MEGABITS * 1e6 });
  try {
    await using deployment = await Deployment.start({ network, serve: ['--rate', `${RATE_MEGABITS}mbit`] });
    const [on, off] = [await deployment.join('d1'), await deployment.join('d2')];
    await on.start();
    const source = writeRandomFile(deployment.scratch.join('source.bin'), size);
    const startedAt = performance.now();
    const task = await deployment.createTask(['copy', source, '--to', 'source.bin', '--target', 'all']);
    const uploadedAt = performance.now();
    await deployment.until(task, 'd1 succeeded', ({ counts }) => counts.succeeded === 1, WAIT_MILLIS);
    const multicastAt = performance.now();
    await off.start();
    const view = await deployment.ended(task, WAIT_MILLIS);
    const endedAt = performance.now();

    const rows = [
      { name: 'server', pid: deployment.server.pid },
      ...[on, off].map((device) => ({ name: `agent ${device.name}`, pid: device.agent.pid })),
    ].map(({ name, pid }) => ({ name, ...(usageOf(pid) ?? { cpuSeconds: NaN, peakMebibytes: Infinity }) }));
    const wanted = await sha256Of(source);
    const copies = await Promise.all([on, off].map((device) => sha256Of(`${device.files}/source.bin`)));
    const isRight = copies.every((digest) => digest === wanted);

    const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
    console.log(`${size / 1024 ** 2} MiB, ${RATE_MEGABITS} Mbit/s, ${LOSS_PERCENT} % loss: upload and hashing`);
    console.log(
      `${seconds(startedAt, uploadedAt)} s, multicast ${seconds(uploadedAt, multicastAt)} s, ` +
        `unicast ${seconds(multicastAt, endedAt)} s; ` +
        `paths ${view.deliveries.map(({ path }) => path).join(', ')}; digests ${isRight ? 'verified' : 'WRONG'}\n`,
    );
    console.log('| process | CPU s | peak MiB (bar) |\n|---|---|---|');
    for (const { name, cpuSeconds, peakMebibytes } of rows) {
      console.log(`| ${name} | ${cpuSeconds.toFixed(1)} | ${peakMebibytes.toFixed(0)} (${PEAK_MAX_MEBIBYTES}) |`);
    }
    const missed = rows.filter(({ peakMebibytes }) => peakMebibytes > PEAK_MAX_MEBIBYTES);
    for (const { name } of missed) console.log(`missed: ${name} is above ${PEAK_MAX_MEBIBYTES} MiB`);
    return isRight && missed.length === 0;
  } finally {
    network.down();
  }
}
