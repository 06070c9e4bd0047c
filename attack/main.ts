/**
 * `npm run attack`: tries every attack that the threat model (SECURITY.md) names, and prints what stopped it.
 *
 *   npm run attack                       all, at full scale: minutes, and as root with real packets
 *   npm run attack -- --scale short      as `npm test` tries them
 *   npm run attack -- --only TEXT        those whose file or name contains the text
 *
 * Exit code 1 when an attack succeeds, 2 when none was found to try.
 */
import { findAttacks } from './find-attacks.ts';
import type { FoundAttack } from './find-attacks.ts';
import { scriptFlags } from '../scripts/script-flags.ts';

type Verdict = 'stopped' | 'skipped' | 'SUCCEEDED';

const { values } = scriptFlags(import.meta.url, {
  options: { only: { type: 'string', default: '' }, scale: { type: 'string', default: 'full' } },
});
if (values.scale !== 'short' && values.scale !== 'full') {
  process.stderr.write('--scale is short or full\n');
  process.exit(2);
}
const { scale } = values;
const found = await findAttacks();
const wanted = found.filter(({ id, attack }) => id.includes(values.only) || attack.name.includes(values.only));
const counts = { stopped: 0, skipped: 0, SUCCEEDED: 0 };
for (const one of wanted) counts[await tryOne(one)] += 1;
console.log(`${counts.stopped} stopped, ${counts.skipped} skipped, ${counts.SUCCEEDED} succeeded`);
process.exitCode = wanted.length === 0 ? 2 : counts.SUCCEEDED === 0 ? 0 : 1;

async function tryOne({ id, attack }: FoundAttack): Promise<Verdict> {
  const begunAt = performance.now();
  const say = (verdict: Verdict, text: string): Verdict => {
    const seconds = ((performance.now() - begunAt) / 1000).toFixed(1);
    console.log(`${verdict.padEnd(9)} ${seconds.padStart(6)} s  ${attack.name} (${id}): ${text}`);
    return verdict;
  };
  if (attack.skip !== undefined) return say('skipped', attack.skip);
  try {
    const { count, stoppedBy } = await attack.run(scale);
    return say('stopped', `${count.toLocaleString('en')} times; ${stoppedBy}`);
  } catch (error) {
    return say('SUCCEEDED', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
