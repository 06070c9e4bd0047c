import { spawn, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { labUnavailable } from '../lab/network.ts';
import { ensureSystemPackages } from '../scripts/system-packages.ts';

/** Runs only while nobody else wants the processor, and ends with its parent, however that ends. */
const IDLER = ['--pdeathsig', 'KILL', 'chrt', '--idle', '0', 'sh', '-c', 'while :; do :; done'];
const EXIT_UNAVAILABLE = 2;

/** Sleeps of a probe, each of as long as a session naps between two looks at its socket. */
const PROBE_SLEEPS = 1000;
const PROBE_SLEEP_MILLIS = 1;
/** What a timer may be late where nobody is in its way. */
const PUNCTUAL_MILLIS = 0.2;
/** Share of a probe's time that is lost to late wake-ups, from which on sleeping is what is measured. */
const LATE_SHARE_MAX = 0.01;

export interface PreparedMachine {
  readonly areProcessorsKeptAwake: boolean;
}

/** What each bench with a lab needs of the machine; ends the process where that is not to be had. */
export function prepareMachine(bench: string): PreparedMachine {
  ensureSystemPackages();
  const unavailable = labUnavailable();
  if (unavailable !== undefined) {
    process.stderr.write(`${bench}: ${unavailable}\n`);
    process.exit(EXIT_UNAVAILABLE);
  }
  return { areProcessorsKeptAwake: keepProcessorsAwakeIfLate() };
}

/**
 * A virtual processor that sleeps is its host's to give away, and on a full host comes back late: whoever sleeps a
 * millisecond between two sends is then measured by the host's load, and whoever spins, as some peers do, is not. There, until
 * this process ends, a loop of the lowest scheduling class on each processor keeps them all from falling asleep.
 *
 * A host that rations its guests' time instead stops those for tens of milliseconds that never sleep. So both are tried.
 */
function keepProcessorsAwakeIfLate(): boolean {
  const asleep = lateShare();
  if (asleep < LATE_SHARE_MAX) return false;
  const idlers = startIdlers();
  if (lateShare() < asleep / 2) return true;
  for (const idler of idlers) idler.kill('SIGKILL');
  return false;
}

function startIdlers(): readonly ChildProcess[] {
  return Array.from({ length: availableParallelism() }, () => {
    const idler = spawn('setpriv', IDLER, { stdio: 'ignore' });
    idler.once('error', (error) => process.stderr.write(`processors may fall asleep: ${error.message}\n`));
    idler.unref();
    return idler;
  });
}

/** Share of a second's short sleeps that went to waking up too late. */
function lateShare(): number {
  const never = new Int32Array(new SharedArrayBuffer(4));
  const startedAt = performance.now();
  let lateMillis = 0;
  for (let sleep = 0; sleep < PROBE_SLEEPS; sleep += 1) {
    const from = performance.now();
    Atomics.wait(never, 0, 0, PROBE_SLEEP_MILLIS);
    lateMillis += Math.max(0, performance.now() - from - PROBE_SLEEP_MILLIS - PUNCTUAL_MILLIS);
  }
  return lateMillis / (performance.now() - startedAt);
}
