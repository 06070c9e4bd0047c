import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { LabNetwork } from '../../lab/network.ts';
import type { ProcessFigures } from './tool.ts';
import { cpuSecondsOf, readPeakMemoryBytes, readProcess, readProcessTable, treeOf } from './process-table.ts';

/**
 * Starts a program and says its pid, but does not wait for it before it is told to: until then the kernel keeps its
 * processor time, also after its end.
 */
const KEEPER = 'log=$1; shift; "$@" >"$log" 2>&1 </dev/null & echo $!; exec 2>/dev/null; read _; wait $!';

/** Processor time and peak memory of a running process and its children. */
export class ProcessMeter implements ProcessFigures {
  readonly pid: number;
  #cpuSecondsBefore = 0;
  #peakMemoryBytes = 0;

  constructor(pid: number) {
    this.pid = pid;
  }

  get hasEnded(): boolean {
    return readProcess(this.pid)?.hasEnded ?? true;
  }

  /** Since its start, or since the last `resetCpu`. */
  get cpuSeconds(): number {
    return cpuSecondsOf(treeOf(readProcessTable(), this.pid)) - this.#cpuSecondsBefore;
  }

  get peakMemoryBytes(): number {
    return this.#peakMemoryBytes;
  }

  resetCpu(): void {
    this.#cpuSecondsBefore += this.cpuSeconds;
  }

  sampleMemory(): void {
    this.#peakMemoryBytes = Math.max(this.#peakMemoryBytes, readPeakMemoryBytes(this.pid));
  }
}

/** A program in a host of the lab that can be measured, after its end as well. */
export class MeasuredProcess extends ProcessMeter {
  readonly #keeper: ChildProcess;
  readonly #logPath: string;

  private constructor(keeper: ChildProcess, pid: number, logPath: string) {
    super(pid);
    this.#keeper = keeper;
    this.#logPath = logPath;
  }

  static async start(
    lab: LabNetwork,
    host: string,
    program: string,
    args: readonly string[],
    logPath: string,
  ): Promise<MeasuredProcess> {
    const keeper = spawn('sh', ['-c', KEEPER, 'sh', logPath, ...lab.wrap(host, program, args).flat()], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(keeper.stdout.setEncoding('utf8'), 'data')) as [string];
    return new MeasuredProcess(keeper, Number(line), logPath);
  }

  /** What it has printed so far. */
  get log(): string {
    return existsSync(this.#logPath) ? readFileSync(this.#logPath, 'utf8') : '';
  }

  /** Ends it, if it has not ended, and forgets it. */
  async end(): Promise<void> {
    for (const { pid, hasEnded } of treeOf(readProcessTable(), this.pid)) {
      if (!hasEnded) process.kill(pid, 'SIGKILL');
    }
    const exit = once(this.#keeper, 'exit');
    this.#keeper.stdin?.end('\n');
    if (this.#keeper.exitCode === null) await exit;
  }
}
