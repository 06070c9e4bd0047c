import { parseArgs } from 'node:util';
import { runSeed } from './run-seed.ts';

const HELP = `Plays the protocol on hostile networks in virtual time.

  npm run sim                       seeds 1 to 1000
  npm run sim -- --seeds N          so many seeds
  npm run sim -- --from SEED        beginning with this one
  npm run sim -- --seed S           one seed, with every datagram`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** A thousand seeds take minutes: whoever waits sees that it goes on. */
const PROGRESS_MILLIS = 10_000;

if (values.help) console.log(HELP);
else if (values.seed === undefined) playMany(integer('--from', values.from), integer('--seeds', values.seeds));
else playOne(integer('--seed', values.seed));

function playOne(seed: number): void {
  const result = runSeed(seed, (now, text) => console.log(`${(now / 1e6).toFixed(6)} ${text}`));
  console.log(result);
  if (result.failure !== undefined) process.exitCode = 1;
}

function playMany(from: number, count: number): void {
  const startedAt = performance.now();
  const failed: number[] = [];
  let datagramCount = 0;
  let virtualMicros = 0;
  let receiverCount = 0;
  let gapCount = 0;
  let saidAt = startedAt;
  for (let seed = from; seed < from + count; seed += 1) {
    const result = runSeed(seed);
    const now = performance.now();
    if (now - saidAt >= PROGRESS_MILLIS) {
      saidAt = now;
      process.stderr.write(`${seed - from + 1} of ${count} seeds, ${failed.length} failed\n`);
    }
    datagramCount += result.datagramCount;
    virtualMicros += result.virtualMicros;
    receiverCount += result.receiverCount;
    gapCount += result.gapCount;
    if (result.failure === undefined) continue;
    failed.push(seed);
    console.log(`seed ${seed} failed: ${result.failure}\n  replay: npm run sim -- --seed ${seed}`);
    process.exitCode = 1;
  }
  const wallSeconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const virtualSeconds = (virtualMicros / 1e6).toFixed(0);
  console.log(
    `${count} seeds from ${from}: ${failed.length} failed; ${receiverCount} receivers, of which ${gapCount} ended with gaps ` +
      `that they knew; ${datagramCount} datagrams, ${virtualSeconds} s of protocol in ${wallSeconds} s`,
  );
}

function integer(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`${name} takes a whole number, not "${text}"\n`);
  process.exit(2);
}
