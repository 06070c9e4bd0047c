import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { labUnavailable } from '../lab/network.ts';
import { ensureSystemPackages } from '../scripts/system-packages.ts';

/** Runs only while nobody else wants the processor, and ends with its parent, however that ends. */
const IDLER = ['--pdeathsig', 'KILL', 'chrt', '--idle', '0', 'sh', '-c', 'while :; do :; done'];
const EXIT_UNAVAILABLE = 2;

/** What each bench with a lab needs of the machine; ends the process where that is not to be had. */
export function prepareMachine(bench: string): void {
  ensureSystemPackages();
  const unavailable = labUnavailable();
  if (unavailable !== undefined) {
    process.stderr.write(`${bench}: ${unavailable}\n`);
    process.exit(EXIT_UNAVAILABLE);
  }
  keepProcessorsAwake();
}

/**
 * Until this process ends, a loop of the lowest scheduling class on each processor keeps them all from falling asleep.
 * A virtual processor that sleeps is its host's to give away, and comes back late: whoever sleeps a millisecond
 * between two sends is then measured by the host's load, and whoever spins, as some peers do, is not.
 */
function keepProcessorsAwake(): void {
  for (let index = 0; index < availableParallelism(); index += 1) {
    const idler = spawn('setpriv', IDLER, { stdio: 'ignore' });
    idler.once('error', (error) => process.stderr.write(`processors may fall asleep: ${error.message}\n`));
    idler.unref();
  }
}
