/**
 * `npm run bench`: this project's promises of speed and memory, one after the other; the peers' table is `bench:peers`.
 * Exit code 1 when any bar is missed.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

let isMissed = false;
for (const name of ['codec.ts', 'cast.ts', 'copy.ts']) {
  console.log(`\n── bench/${name}`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, name)], { stdio: 'inherit' });
  if (status !== 0) isMissed = true;
}
process.exitCode = isMissed ? 1 : 0;
