/**
 * What trust costs: npm run bench:trust (as root)
 *
 * A `copy` task to one device at 1 Gbit/s without loss, with everything on (encrypted content, authenticated packets,
 * signed manifests) and with everything off, and UFTP with AES-256-GCM, in turn, in one lab. Medians count. Exit code 1
 * when everything on takes more than 1.05 times as long or the device more than 1.8 times the processor time of
 * everything off, or when UFTP is not behind.
 *
 *   --runs N         of each (default 3)
 *   --mebibytes N    size of the file (default 512)
 *
 * Encryption is off by `--no-encrypt`. Packets without a MAC are nothing that the product can be told to send: for them
 * the keys are taken out of the sources as they are loaded (bench/without-macs.mjs). Signatures stay: one for each device.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeRandomFile } from '../test/support/scratch.ts';
import { BenchLab } from './peers/bench-lab.ts';
import { idealSeconds, parseCell } from './peers/cells.ts';
import { installPackages } from './peers/debian.ts';
import { measure, sha256Of, type Run } from './peers/measure.ts';
import type { Tool } from './peers/tool.ts';
import { prepareCopy } from './peers/tools/rollcall-copy.ts';
import { uftpEncrypted } from './peers/tools/uftp.ts';
import { prepareMachine } from './prepare-machine.ts';
import { scriptFlags } from '../scripts/script-flags.ts';

const TIME_RATIO_MAX = 1.05;
const CPU_RATIO_MAX = 1.8;

const ON: Tool = {
  name: 'everything on',
  packages: [],
  settings: 'rollcall task create copy',
  prepare: (job) => prepareCopy(job),
};
const OFF: Tool = {
  name: 'everything off',
  packages: [],
  settings: 'rollcall task create copy --no-encrypt, no MACs',
  prepare: (job) =>
    prepareCopy(job, {
      task: ['--no-encrypt'],
      env: { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'without-macs.mjs')}` },
    }),
};
const TOOLS = [ON, OFF, uftpEncrypted];

const { values: flags } = scriptFlags(import.meta.url, {
  options: { runs: { type: 'string', default: '3' }, mebibytes: { type: 'string', default: '512' } },
});
prepareMachine('trust bench');
process.exitCode = await main();

async function main(): Promise<number> {
  installPackages(uftpEncrypted.packages, (line) => process.stderr.write(`${line}\n`));
  const cell = parseCell('1g-1-0', Number(flags.mebibytes) * 1024 ** 2);
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'rollcall-trust-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const runs = new Map<Tool, Run[]>(TOOLS.map((tool) => [tool, []]));
  using lab = new BenchLab(cell);
  for (let round = 0; round < Number(flags.runs); round += 1) {
    for (const tool of TOOLS) {
      const source = join(folder, 'source', 'file');
      rmSync(join(folder, 'source'), { recursive: true, force: true });
      mkdirSync(join(folder, 'source'));
      writeRandomFile(source, cell.size);
      const run = await measure(tool, { cell, lab, source, folder: join(folder, 'run') }, await sha256Of(source));
      if (!run.isComplete) throw new Error(`${tool.name}: ${run.failure ?? 'incomplete'}`);
      const cpu = `sender ${run.senderCpuSeconds.toFixed(2)} CPU s, receiver ${run.receiversCpuSeconds.toFixed(2)} CPU s`;
      process.stderr.write(`${tool.name}: ${run.seconds.toFixed(3)} s, ${cpu}\n`);
      runs.get(tool)?.push(run);
    }
  }
  return judge((tool, figure) => median((runs.get(tool) ?? []).map(figure)), idealSeconds(cell) ?? NaN);
}

function judge(medianOf: (tool: Tool, figure: (run: Run) => number) => number, ideal: number): number {
  // As in bench:peers: a task from its first DATA message, UFTP from its start.
  const seconds = (tool: Tool): number => medianOf(tool, (run) => run.seconds);
  const receiverCpu = (tool: Tool): number => medianOf(tool, (run) => run.receiversCpuSeconds);
  console.log('| | seconds | × ideal | sender CPU s | receiver CPU s |\n|---|---|---|---|---|');
  for (const tool of TOOLS) {
    const figures = [
      seconds(tool),
      seconds(tool) / ideal,
      medianOf(tool, (run) => run.senderCpuSeconds),
      receiverCpu(tool),
    ];
    console.log(`| ${tool.name} | ${figures.map((figure) => figure.toFixed(3)).join(' | ')} |`);
  }
  const bars = [
    { what: 'time, on / off', is: seconds(ON) / seconds(OFF), max: TIME_RATIO_MAX },
    { what: 'receiver CPU, on / off', is: receiverCpu(ON) / receiverCpu(OFF), max: CPU_RATIO_MAX },
    { what: `time, on / ${uftpEncrypted.name}`, is: seconds(ON) / seconds(uftpEncrypted), max: 1 },
  ];
  console.log('');
  for (const { what, is, max } of bars) {
    console.log(`${is <= max ? 'reached' : 'MISSED '} ${what}: ${is.toFixed(3)}, at most ${max}`);
  }
  return bars.every(({ is, max }) => is <= max) ? 0 : 1;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? NaN : (low + high) / 2;
}
