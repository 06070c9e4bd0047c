import type { BenchLab } from './bench-lab.ts';
import type { Cell } from './cells.ts';

/** What one run has to do: this file to every device of this lab, everything that is written in this folder. */
export interface Job {
  readonly cell: Cell;
  readonly lab: BenchLab;
  readonly source: string;
  readonly folder: string;
}

/** One run of a tool: receivers are waiting when it exists. */
export interface Transfer {
  /** Starts the sender, or what else makes the bytes flow: the clock starts with this call. */
  begin(): Promise<void>;
  readonly sender: ProcessFigures;
  readonly receivers: readonly ProcessFigures[];
  /** Those of them that end by themselves when they are done: their processor time is read after that. */
  readonly ending: readonly ProcessFigures[];
  /** Whether the device's file is whole, by the tool's own word. */
  isComplete(device: number): boolean;
  /** Where the device's file is. */
  output(device: number): string;
  /** How the tool says that it gave up, if it did. */
  failure(): string | undefined;
  /**
   * When its first DATA message left, in milliseconds since 1970. Time counts from there: an upload and an announcement are
   * not the transfer's. Absent: it counts from the sender's start.
   */
  readonly firstDataAt?: () => Promise<number>;
  end(): Promise<void>;
}

/** Of a process, a `MeasuredProcess` or one that somebody else started. */
export interface ProcessFigures {
  readonly cpuSeconds: number;
  readonly peakMemoryBytes: number;
  readonly hasEnded: boolean;
  /** What it has used so far does not count. */
  resetCpu(): void;
  /** To be called now and then: the kernel forgets the peak when a process ends. */
  sampleMemory(): void;
}

export interface Tool {
  readonly name: string;
  /** Packages of Debian that it needs. */
  readonly packages: readonly string[];
  /** The command lines, for the record. */
  readonly settings: string;
  prepare(job: Job): Promise<Transfer>;
}
