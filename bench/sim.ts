/**
 * One sender and very many receivers in virtual time, with the real state machines: `npm run bench:sim`
 *
 * 10,000 receivers lose 1 % of the datagrams, each by itself, of an object of 64 MiB whose symbols have no bytes (see
 * packages/sim/src/crowd). Printed are what the sender sent, and how many NACKs came. Exit code 1 when it sent more than
 * 1.12 times the object's size (UDP payload), more than 25 NACKs came per repair cycle (the time for which the sender
 * gathers requests) on the average, or somebody lacks something.
 *
 * Other scenarios by flags, see below; the bars are then the same. --json prints one JSON document.
 */
import { Crowd } from '../packages/sim/src/crowd/crowd.ts';
import type { CrowdScenario } from '../packages/sim/src/crowd/crowd-scenario.ts';
import { scriptFlags } from '../scripts/script-flags.ts';

const SENT_MAX = 1.12;
const NACKS_PER_CYCLE_MAX = 25;
/** What is left for a symbol's bytes of 1,500 on the wire, IP's and UDP's headers and ours taken off. */
const SYMBOL_SIZE = 1444;

const { values: flags } = scriptFlags(import.meta.url, {
  options: {
    receivers: { type: 'string', default: '10000' },
    mebibytes: { type: 'string', default: '64' },
    'loss-percent': { type: 'string', default: '1' },
    'rate-megabits': { type: 'string', default: '100' },
    'delay-millis': { type: 'string', default: '0.5' },
    'nap-millis': { type: 'string', default: '1' },
    block: { type: 'string', default: '128' },
    parity: { type: 'string', default: 'auto' },
    'backoff-factor': { type: 'string' },
    'bursts-per-second': { type: 'string', default: '0' },
    'burst-millis': { type: 'string', default: '100' },
    'burst-shared': { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

const size = Number(flags.mebibytes) * 1024 ** 2;
const blockLength = Number(flags.block);
const rateBytesPerSecond = (Number(flags['rate-megabits']) * 1e6) / 8;
const scenario: CrowdScenario = {
  seed: Number(flags.seed),
  receiverCount: Number(flags.receivers),
  size,
  symbolSize: SYMBOL_SIZE,
  fec: {
    scheme: 'reedSolomon',
    blockLength,
    repairSymbolCount: 255 - blockLength,
    proactiveRepairSymbols: flags.parity === 'auto' ? 'auto' : Number(flags.parity),
  },
  rateBytesPerSecond,
  ...(flags['backoff-factor'] !== undefined && { backoffFactor: Number(flags['backoff-factor']) }),
  lossRatio: Number(flags['loss-percent']) / 100,
  ...(Number(flags['bursts-per-second']) > 0 && {
    bursts: {
      perSecond: Number(flags['bursts-per-second']),
      durationMicros: Number(flags['burst-millis']) * 1000,
      isShared: flags['burst-shared'],
    },
  }),
  delayMicros: Number(flags['delay-millis']) * 1000,
  napMicros: Number(flags['nap-millis']) * 1000,
};

const startedAt = performance.now();
const result = new Crowd(scenario).play();
const wallSeconds = (performance.now() - startedAt) / 1000;
const sent = result.sentBytes / size;
const nacksPerCycle = result.nackCount / Math.max(1, result.cycleCount);
const idealMicros = (size / rateBytesPerSecond / (1 - scenario.lossRatio)) * 1e6;
const times = result.durationMicros / idealMicros;
const isReached =
  sent <= SENT_MAX && nacksPerCycle <= NACKS_PER_CYCLE_MAX && result.completedCount === scenario.receiverCount;
process.exitCode = isReached ? 0 : 1;

if (flags.json) {
  console.log(JSON.stringify({ scenario, result, sent, nacksPerCycle, times, wallSeconds, isReached }));
} else {
  console.log(`${result.completedCount} of ${scenario.receiverCount} receivers have all of ${flags.mebibytes} MiB`);
  console.log(`sent, UDP payload / size     ${sent.toFixed(4)}   at most ${SENT_MAX}`);
  console.log(
    `NACKs per repair cycle       ${nacksPerCycle.toFixed(2)}   at most ${NACKS_PER_CYCLE_MAX}; ${result.nackCount} in ` +
      `${result.cycleCount} cycles, ${result.nacksPerCycleMax} in the worst; ${result.suppressedCount} cycles kept silent`,
  );
  console.log(
    `time / ideal                 ${times.toFixed(4)}   ${(result.durationMicros / 1e6).toFixed(3)} s of protocol`,
  );
  console.log(
    `symbols that came twice      ${((100 * result.duplicateCount) / result.datagramCount).toFixed(2)} % of ` +
      `${result.datagramCount} datagrams; ${wallSeconds.toFixed(0)} s on one core`,
  );
}
