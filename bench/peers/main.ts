/**
 * Our tools and their peers, in the same lab, on the same file, one after the other: npm run bench:peers -- [options]
 *
 *   --cells A,B      cells, such as 1g-1-0,100m-8-5-20ms,max-4-0@64MiB (default: the table)
 *   --tools A,B      contenders (default: those of the table; http and the kernel too where the machine is the limit)
 *   --copy           also a task of the kind copy, through server and agents
 *   --runs N         complete runs per contender and cell, of which the median counts (default 3)
 *   --size SIZE      for all cells (default 1 GiB; 256 MiB on slow links)
 *   --quick          one run of 16 MiB, and little patience with a busy machine: to see that everything works
 *   --patience S     how long to wait for a quiet machine before each run (default 600)
 *   --folder DIR     where the files are (default: /dev/shm, which is memory)
 *   --out FILE       the JSON document (default build/bench-peers.json; the Markdown lies beside it)
 *   --list           the cells and the contenders, with their settings
 *
 * Needs root (network namespaces); installs the peers from Debian where they are missing.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeRandomFile } from '../../test/support/scratch.ts';
import { prepareMachine } from '../prepare-machine.ts';
import { BenchLab } from './bench-lab.ts';
import type { Cell } from './cells.ts';
import { parseCell, TABLE } from './cells.ts';
import type { Contender } from './contenders.ts';
import { CONTENDERS, MACHINE_CONTENDERS, TABLE_CONTENDERS } from './contenders.ts';
import { installPackages } from './debian.ts';
import { describeMachine } from './machine.ts';
import type { Run } from './measure.ts';
import { sha256Of } from './measure.ts';
import { parseCount } from './parse-count.ts';
import { DISTURBANCE_SHARE_MAX, waitForQuiet } from './quiet-machine.ts';
import type { Measurement } from './report.ts';
import { cellInWords, markdown, summarize } from './report.ts';
import { scriptFlags } from '../../scripts/script-flags.ts';

const MEMORY_FOLDER = '/dev/shm';
/** How often a run is repeated because others disturbed it; then it counts, and is marked. */
const REPEATS_MAX = 2;
const QUICK = { runs: 1, size: 16 * 1024 ** 2, patienceSeconds: 2 };
const PATIENCE_SECONDS = 600;
const RUNS = 3;

const { values: flags } = scriptFlags(import.meta.url, {
  options: {
    cells: { type: 'string' },
    tools: { type: 'string' },
    copy: { type: 'boolean', default: false },
    runs: { type: 'string' },
    size: { type: 'string' },
    quick: { type: 'boolean', default: false },
    patience: { type: 'string' },
    folder: { type: 'string' },
    out: { type: 'string', default: 'build/bench-peers.json' },
    list: { type: 'boolean', default: false },
  },
});

try {
  process.exitCode = await main();
} catch (error) {
  // A cell, a size or a count that is none; anything else is a defect, and shows where.
  if (!(error instanceof RangeError)) throw error;
  process.exitCode = fail(error.message);
}

async function main(): Promise<number> {
  const size = flags.size === undefined ? (flags.quick ? QUICK.size : undefined) : parseCount(flags.size);
  const cells = (flags.cells?.split(',') ?? TABLE).map((id) => parseCell(id, size));
  const contenders = CONTENDERS.filter((contender) => cells.some((cell) => takesPart(contender, cell)));
  if (flags.list) return list(cells);
  const unknown = flags.tools?.split(',').filter((name) => !CONTENDERS.some((contender) => contender.name === name));
  if (unknown !== undefined && unknown.length > 0) return fail(`no tool ${unknown.join(', ')}: see --list`);
  const prepared = prepareMachine('peers bench');
  const packages = installPackages([...new Set(contenders.flatMap((contender) => contender.packages))], log);
  const machine = describeMachine(prepared, packages);

  const root = flags.folder ?? (existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir());
  const folder = mkdtempSync(join(root, 'rollcall-bench-'));
  const measurements: Measurement[] = [];
  const save = (): void => {
    mkdirSync(dirname(flags.out), { recursive: true });
    const withSummaries = measurements.map((each) => ({ ...each, median: summarize(each) }));
    writeFileSync(flags.out, `${JSON.stringify({ machine, measurements: withSummaries }, null, 2)}\n`);
    writeFileSync(flags.out.replace(/(?:\.json)?$/, '.md'), markdown(machine, measurements, contenders));
  };
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // The lab goes with the process, and with it what runs there; what was measured so far is saved.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  for (const cell of cells) {
    const present = contenders.filter((contender) => {
      if (!takesPart(contender, cell)) return false;
      const missing = packages.filter(({ name, version }) => !version && contender.packages.includes(name));
      if (missing.length > 0) log(`${contender.name}: ${missing.map(({ name }) => name).join(', ')} is not installed`);
      return missing.length === 0;
    });
    const needed = cell.size * (cell.devices + 2);
    const { bavail, bsize } = statfsSync(folder);
    if (needed > Math.min(bavail * bsize, root === MEMORY_FOLDER ? freemem() : Infinity)) {
      log(`${cell.id}: no room for ${Math.ceil(needed / 1024 ** 3)} GiB, left out`);
      continue;
    }
    await measureCell(cell, present, folder, (contender, runs) => {
      measurements.push({ cell, contender, runs });
      save();
    });
  }
  save();
  process.stdout.write(markdown(machine, measurements, contenders));
  return 0;
}

function takesPart({ name }: Contender, cell: Cell): boolean {
  if (name === 'rollcall-copy' && flags.copy) return true;
  if (flags.tools !== undefined) return flags.tools.split(',').includes(name);
  const isMachineTheLimit = cell.rateBitsPerSecond === undefined || cell.bar?.deviceCpuSecondsMax !== undefined;
  return TABLE_CONTENDERS.includes(name) || (isMachineTheLimit && MACHINE_CONTENDERS.includes(name));
}

async function measureCell(
  cell: Cell,
  contenders: readonly Contender[],
  folder: string,
  onMeasured: (contender: string, runs: readonly Run[]) => void,
): Promise<void> {
  log(cellInWords(cell));
  using lab = new BenchLab(cell);
  for (const contender of contenders) {
    const runs: Run[] = [];
    const count = Number(flags.runs ?? (flags.quick ? QUICK.runs : RUNS));
    for (let index = 0; index < count; index++) {
      const run = await undisturbedRun(contender, { cell, lab, folder });
      runs.push(run);
      log(`  ${contender.name} ${runInWords(run)}`);
      // What does not finish takes the longest of all, and does not finish the next time.
      if (!run.isComplete) break;
    }
    onMeasured(contender.name, runs);
  }
}

/** Each run has a file of its own, so that nobody has it already. */
async function undisturbedRun(
  contender: Contender,
  place: { readonly cell: Cell; readonly lab: BenchLab; readonly folder: string },
): Promise<Run> {
  const { cell, lab, folder } = place;
  const patience = Number(flags.patience ?? (flags.quick ? QUICK.patienceSeconds : PATIENCE_SECONDS));
  for (let repeats = 0; ; repeats++) {
    const source = join(folder, 'source', 'file');
    rmSync(dirname(source), { recursive: true, force: true });
    mkdirSync(dirname(source));
    writeRandomFile(source, cell.size);
    const digest = await sha256Of(source);
    const isQuiet = await waitForQuiet(patience, () => log('  waiting for a quiet machine'));
    const job = { cell, lab, source, folder: join(folder, 'run') };
    const run = await contender.run(job, digest).catch((error: unknown) => failedRun(error));
    const isDisturbed = run.disturbanceShare > DISTURBANCE_SHARE_MAX;
    if (!isDisturbed || !isQuiet || repeats === REPEATS_MAX) return run;
    log(`  ${contender.name}: others took ${(run.disturbanceShare * 100).toFixed(0)}% of the machine, once more`);
  }
}

function failedRun(error: unknown): Run {
  return {
    isComplete: false,
    failure: error instanceof Error ? error.message : String(error),
    seconds: 0,
    egressRatio: 0,
    senderCpuSeconds: 0,
    receiversCpuSeconds: 0,
    senderPeakMemoryBytes: 0,
    receiverPeakMemoryBytes: 0,
    disturbanceShare: 0,
  };
}

function runInWords(run: Run): string {
  const disturbed = run.disturbanceShare > DISTURBANCE_SHARE_MAX;
  const mark = disturbed ? `, disturbed (${(run.disturbanceShare * 100).toFixed(0)}%)` : '';
  if (!run.isComplete) return `incomplete: ${run.failure ?? ''}${mark}`;
  const cpu = `${run.senderCpuSeconds.toFixed(2)} / ${run.receiversCpuSeconds.toFixed(2)} CPU s`;
  return `${run.seconds.toFixed(3)} s, ${run.egressRatio.toFixed(3)} of the file sent, ${cpu}${mark}`;
}

function list(cells: readonly Cell[]): number {
  const lines = cells.map((cell) => `${cell.id.padEnd(16)} ${cellInWords(cell)}`);
  const tools = CONTENDERS.map(({ name, settings }) => `${name.padEnd(16)} ${settings}`);
  process.stdout.write(`${[...lines, '', ...tools].join('\n')}\n`);
  return 0;
}

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

function fail(message: string): number {
  log(message);
  return 1;
}
