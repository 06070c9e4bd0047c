/**
 * `npm test`: everything that must hold, one step after another, each with its time and its slowest files; all run,
 * whatever failed before.
 *
 *   npm test                      everything
 *   npm test -- unit e2e          these steps: types lint format dead-code architecture unit sim loopback namespaces
 *                                 interop console attack; `static` is the first four, `e2e` loopback, namespaces, interop
 *                                 and console
 *   npm test -- unit wire/nack    of these steps, the test files whose path contains the text
 *
 * As root the end-to-end tests use network namespaces. What is skipped is listed with its reason; with CI=true a
 * skipped test of real packets is a failure, for a machine that cannot run it checks nothing.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ensureSystemPackages } from './system-packages.ts';
import { runTestFiles } from './test-files.ts';
import type { FileTime, TestTotals } from './test-files.ts';

interface Step {
  readonly name: string;
  readonly group?: 'static' | 'e2e';
  /** Programs that say yes or no … */
  readonly commands?: readonly (readonly [string, ...string[]])[];
  /** … or test files. */
  readonly files?: readonly string[];
  readonly concurrency?: number;
  readonly mustNotSkipInCi?: boolean;
  /** What its command says last is its figures. */
  readonly hasFigures?: boolean;
}

const SIMULATION_SEEDS = 50;
const SLOWEST_SHOWN = 5;
/** A step of test files that takes longer hangs. */
const STEP_TIMEOUT_MILLIS = 20 * 60_000;

const STEPS: readonly Step[] = [
  {
    name: 'types',
    group: 'static',
    commands: [
      ['tsc', '-p', 'tsconfig.json'],
      // The pure rooms once more, without the names of a socket, a timer or a file.
      ['tsc', '-p', 'packages/norm/tsconfig.json'],
      ['tsc', '-p', 'packages/api/tsconfig.json'],
      // And what a browser runs, without the names of Node.js.
      ['tsc', '-p', 'packages/client/tsconfig.json'],
      ['tsc', '-p', 'packages/console/tsconfig.json'],
    ],
  },
  { name: 'lint', group: 'static', commands: [['oxlint', '--type-aware', '--deny-warnings']] },
  { name: 'format', group: 'static', commands: [['prettier', '--check', '--log-level', 'warn', '.']] },
  { name: 'dead-code', group: 'static', commands: [['knip', '--no-progress']] },
  { name: 'architecture', files: ['test/architecture/**/*.test.ts'] },
  {
    name: 'unit',
    files: ['packages/*/{src,test}/**/*.test.ts', 'bench/**/*.test.ts', 'test/fuzz/*.test.ts', 'test/api/*.test.ts'],
  },
  {
    name: 'sim',
    commands: [[process.execPath, 'packages/sim/src/main.ts', '--seeds', String(SIMULATION_SEEDS)]],
    hasFigures: true,
  },
  { name: 'loopback', group: 'e2e', files: ['test/end-to-end/loopback/**/*.test.ts'] },
  // One at a time: each has a server and several devices, and rates that two cores must keep.
  {
    name: 'namespaces',
    group: 'e2e',
    files: ['lab/**/*.test.ts', 'test/end-to-end/namespaces/**/*.test.ts'],
    concurrency: 1,
    mustNotSkipInCi: true,
  },
  { name: 'interop', group: 'e2e', files: ['test/interop/**/*.test.ts'], concurrency: 1, mustNotSkipInCi: true },
  // A browser, before a real server with real devices.
  {
    name: 'console',
    group: 'e2e',
    files: ['test/end-to-end/console/**/*.test.ts'],
    concurrency: 1,
    mustNotSkipInCi: true,
  },
  // Each attack once, at a scale of seconds; `npm run attack` tries them in earnest.
  { name: 'attack', files: ['attack/*.test.ts'], mustNotSkipInCi: true },
];

// Each test file is a process: what they have in common is compiled once.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url));
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const wanted = args.filter((arg) => STEPS.some((step) => step.name === arg || step.group === arg));
  const filters = args.filter((arg) => !wanted.includes(arg));
  const unknown = filters.find((filter) => filter.startsWith('-'));
  if (unknown !== undefined) {
    process.stderr.write(`unknown option ${unknown}; steps are: ${STEPS.map((step) => step.name).join(' ')}\n`);
    return 2;
  }
  const steps = STEPS.filter(
    (step) =>
      (wanted.length === 0 || wanted.includes(step.name) || wanted.includes(step.group ?? '')) &&
      (filters.length === 0 || step.files !== undefined),
  );
  if (steps.some((step) => step.files !== undefined)) ensureSystemPackages();

  const all: TestTotals = { passed: 0, failed: 0, skipped: 0, skips: [], files: [] };
  const failedSteps: string[] = [];
  const begun = performance.now();
  for (const step of steps) {
    const stepBegun = performance.now();
    const totals = step.files === undefined ? runCommands(step) : await runFiles(step, filters);
    if (totals === undefined) continue;
    const skipFails = step.mustNotSkipInCi === true && process.env['CI'] === 'true' ? totals.skipped : 0;
    const ok = totals.failed + skipFails === 0;
    if (!ok) failedSteps.push(step.name);
    all.passed += totals.passed;
    all.failed += totals.failed + skipFails;
    all.skipped += totals.skipped - skipFails;
    all.skips.push(...totals.skips);
    const figures =
      step.files === undefined ? '' : `  ${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`;
    print(`${ok ? 'ok    ' : 'FAILED'} ${step.name.padEnd(13)} ${seconds(stepBegun).padStart(7)}${figures}`);
    for (const { file, millis } of slowest(totals)) print(`${(millis / 1000).toFixed(1).padStart(26)} s  ${file}`);
  }
  for (const { name, reason } of all.skips) print(`skipped: ${name}: ${reason}`);
  if (failedSteps.length > 0) print(`failed: ${failedSteps.join(', ')}`);
  print(`${seconds(begun)} in all`);
  print(`${all.passed} passed, ${all.failed} failed, ${all.skipped} skipped`);
  return failedSteps.length > 0 ? 1 : 0;
}

/** A step of commands counts as one test. */
function runCommands(step: Step): TestTotals {
  let failed = 0;
  for (const [program, ...args] of step.commands ?? []) {
    const result = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    if (result.status === 0) {
      if (step.hasFigures === true) print(result.stdout.trimEnd().split('\n').at(-1) ?? '');
      continue;
    }
    failed = 1;
    print(`\n${[program, ...args].join(' ')}`);
    print(result.error?.message ?? `${result.stdout}${result.stderr}`.trimEnd());
  }
  return { passed: 1 - failed, failed, skipped: 0, skips: [], files: [] };
}

/** Undefined: the filter leaves nothing of this step. */
async function runFiles(step: Step, filters: readonly string[]): Promise<TestTotals | undefined> {
  const found = globSync([...(step.files ?? [])], { exclude: (path) => path.includes('node_modules') }).toSorted();
  const files = found.filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)));
  if (files.length === 0 && filters.length > 0) return undefined;
  if (files.length === 0) {
    print(`\n${step.name}: no test files; a step that runs nothing proves nothing`);
    return { passed: 0, failed: 1, skipped: 0, skips: [], files: [] };
  }
  return runTestFiles(files, {
    concurrency: step.concurrency ?? availableParallelism(),
    timeoutMillis: STEP_TIMEOUT_MILLIS,
  });
}

/** What to look at first when `npm test` takes too long. */
function slowest({ files }: TestTotals): FileTime[] {
  return files.toSorted((one, other) => other.millis - one.millis).slice(0, SLOWEST_SHOWN);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
