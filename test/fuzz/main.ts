/**
 * `npm run fuzz`: gives every decoder mutated and made-up inputs, and holds what must hold for each (see targets/).
 *
 *   npm run fuzz -- --cases 10000000 [--decoder NAME] [--seed N]
 *   npm run fuzz -- --decoder NAME --hex BYTES     one input again, such as a finding's
 *
 * Printed are cases, what was accepted and refused, and the rate, per decoder. A finding is printed as bytes: keep them
 * in test/fuzz/findings/ with the repair. Exit code 1 when there is one. The script in package.json keeps the engine's heap
 * small, so that what the process takes at its peak is what a decoder asked for, and not garbage that nobody needed to collect.
 */
import { playTarget } from './play-target.ts';
import { TARGETS } from './targets.ts';
import { scriptFlags } from '../../scripts/script-flags.ts';

const { values } = scriptFlags(import.meta.url, {
  options: {
    cases: { type: 'string', default: '100000' },
    decoder: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    hex: { type: 'string' },
  },
});
const wanted = Object.entries(TARGETS).filter(([name]) => name === (values.decoder ?? name));
const [count, seed] = [Number(values.cases), Number(values.seed)];
if (wanted.length === 0 || !Number.isSafeInteger(count) || !Number.isSafeInteger(seed)) {
  process.stderr.write(`--cases and --seed are numbers, --decoder is one of ${Object.keys(TARGETS).join(' ')}\n`);
  process.exit(2);
}

console.log(`seed ${seed}`);
console.log('decoder                   cases    accepted     refused  outcomes   cases/s');
for (const [, open] of wanted) {
  const target = await open(seed);
  try {
    if (values.hex !== undefined) {
      console.log(await target.check(Uint8Array.from(Buffer.from(values.hex, 'hex'))));
      continue;
    }
    const report = await playTarget(target, count, seed);
    const columns = [report.count, report.acceptedCount, report.refusedCount].map((n) =>
      n.toLocaleString('en').padStart(11),
    );
    const rate = Math.round(report.count / report.seconds).toLocaleString('en');
    console.log(
      `${target.name.padEnd(19)}${columns.join(' ')}${String(report.outcomeCount).padStart(10)}${rate.padStart(10)}`,
    );
  } catch (error) {
    process.exitCode = 1;
    console.log(`FOUND ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await target.close?.();
  }
}
