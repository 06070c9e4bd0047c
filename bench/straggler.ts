/**
 * What one bad device costs the good ones, on a network of namespaces with real packets: npm run bench:straggler (as root)
 *
 * A `copy` task to eight devices at 100 Mbit/s; then the same with a ninth one that loses half of all that is sent to it.
 * Printed are the times from the first datagram of the session to the last good device's verified file, and what became
 * of the bad one: it is finished by unicast, once it has a network on which TCP gets anywhere. Exit code 1 when the good
 * ones took more than 1.05 times as long, or a copy is wrong.
 * --mebibytes N sends another size than 256 MiB; --unicast-loss P what it still loses (percent) during the unicast.
 */
import { LabNetwork } from '../lab/network.ts';
import { Deployment, type TaskView } from '../test/support/deployment.ts';
import { sha256Of, writeRandomFile } from '../test/support/scratch.ts';
import { prepareMachine } from './prepare-machine.ts';
import { scriptFlags } from '../scripts/script-flags.ts';

const GOOD_DEVICES = 8;
const BAD = `d${GOOD_DEVICES + 1}`;
const RATE_MEGABITS = 100;
const LOSS_PERCENT = 50;
const TIMES_MAX = 1.05;
const WAIT_MILLIS = 200_000;

const { values: flags } = scriptFlags(import.meta.url, {
  options: {
    mebibytes: { type: 'string', default: '256' },
    'unicast-loss': { type: 'string', default: '0' },
  },
});
prepareMachine('straggler bench');
const size = Number(flags.mebibytes) * 1024 ** 2;
const without = await measure(GOOD_DEVICES);
console.log(`without it: ${inWords(without)}`);
const withIt = await measure(GOOD_DEVICES + 1);
console.log(`with it: ${inWords(withIt)}`);
const times = withIt.seconds / without.seconds;
console.log(`${times.toFixed(3)} times as long (at most ${TIMES_MAX})`);
process.exitCode = times <= TIMES_MAX && without.isRight && withIt.isRight ? 0 : 1;

interface Outcome {
  readonly seconds: number;
  readonly repairShare: number;
  readonly isRight: boolean;
  readonly bad: string;
}

async function measure(devices: number): Promise<Outcome> {
  using network = LabNetwork.create({ devices, rateBitsPerSecond: RATE_MEGABITS * 1e6 });
  await using deployment = await Deployment.start({ network, serve: ['--rate', `${RATE_MEGABITS}mbit`] });
  const deployed = await deployment.addDevices(devices);
  const source = writeRandomFile(deployment.scratch.join('source.bin'), size);
  const hasBad = devices > GOOD_DEVICES;
  if (hasBad) network.setLoss(BAD, LOSS_PERCENT);
  const task = await deployment.createTask(['copy', source, '--to', 'out.bin', '--target', 'all']);
  const isGoodDone = ({ deliveries }: TaskView): boolean =>
    deliveries.every(({ device, state }) => device.name === BAD || state === 'succeeded');
  const view = await deployment.until(task, 'the good ones have succeeded', isGoodDone, WAIT_MILLIS);
  const startedAt = view.sessions[0]?.startedAt ?? NaN;
  const good = view.deliveries.filter(({ device }) => device.name !== BAD);
  const seconds = (Math.max(...good.map(({ finishedAt }) => finishedAt ?? Infinity)) - startedAt) / 1000;
  const goodAt = performance.now();
  if (hasBad) network.setLoss(BAD, Number(flags['unicast-loss']));
  const ended = await deployment.ended(task, WAIT_MILLIS);
  const unicastSeconds = (performance.now() - goodAt) / 1000;
  const [session] = ended.sessions;
  const badRow = ended.deliveries.find(({ device }) => device.name === BAD);
  const [handedOver] = session?.handedOver ?? [];
  const wanted = await sha256Of(source);
  const copies = await Promise.all(deployed.map(({ files }) => sha256Of(`${files}/out.bin`)));
  return {
    seconds,
    repairShare: (session?.repairBytes ?? 0) / size,
    isRight: ended.outcome === 'all' && copies.every((digest) => digest === wanted),
    bad:
      badRow === undefined
        ? ''
        : `; the bad one: ${badRow.path} in ${unicastSeconds.toFixed(1)} s more, left to unicast because of ` +
          (handedOver === undefined ? 'nothing' : `${((handedOver.lossRatio ?? 0) * 100).toFixed(0)} % loss`),
  };
}

function inWords({ seconds, repairShare, isRight, bad }: Outcome): string {
  const digests = isRight ? 'verified' : 'WRONG';
  return `${seconds.toFixed(2)} s, repair ${(repairShare * 100).toFixed(1)} % of the file, digests ${digests}${bad}`;
}
