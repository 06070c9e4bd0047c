import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { patienceSeconds } from './cells.ts';
import { DisturbanceWatch } from './quiet-machine.ts';
import type { Job, Tool, Transfer } from './tool.ts';
import { WarmMemory } from './warm-memory.ts';

/** One run of one tool in one cell. */
export interface Run {
  readonly isComplete: boolean;
  /** Why it is not complete, or that a file was wrong. */
  readonly failure?: string;
  /** From the start of the sender, or the first DATA message of a task, to the last device's whole file. */
  readonly seconds: number;
  /** The same from the first datagram, of a task its first DATA message (TCP: undefined). */
  readonly secondsFromFirstDatagram?: number;
  /** Bytes that left the server's interface, per byte of the file. */
  readonly egressRatio: number;
  readonly senderCpuSeconds: number;
  /** All devices together. */
  readonly receiversCpuSeconds: number;
  readonly senderPeakMemoryBytes: number;
  readonly receiverPeakMemoryBytes: number;
  /** What others took of the machine in the meantime. */
  readonly disturbanceShare: number;
}

/** How often the outputs are looked at: what a time may be too long, and 1% of a processor. */
const POLL_MILLIS = 5;
const MEMORY_POLLS = 10;
/** How long tools that end by themselves may take for it, after the last file is whole. */
const END_TIMEOUT_MILLIS = 20_000;
/** A sender that has ended leaves its receivers this time to finish their files. */
const AFTER_SENDER_MILLIS = 3000;

/** Runs a tool once; the files are checked, and gone afterwards. */
export async function measure(tool: Tool, job: Job, digest: string): Promise<Run> {
  rmSync(job.folder, { recursive: true, force: true });
  mkdirSync(job.folder, { recursive: true });
  // For the devices' files, and for a copy that the server may keep.
  using warm = new WarmMemory(job.folder, (job.cell.devices + 1) * job.cell.size);
  const transfer = await tool.prepare(job);
  try {
    const run = await observe(transfer, job, warm);
    const wrong = run.isComplete ? await firstWrongOutput(transfer, job.cell.devices, digest) : undefined;
    return wrong === undefined ? run : { ...run, isComplete: false, failure: `the file of ${wrong} is wrong` };
  } finally {
    await transfer.end();
    rmSync(job.folder, { recursive: true, force: true });
  }
}

async function observe(transfer: Transfer, job: Job, warm: WarmMemory): Promise<Run> {
  const { cell, lab } = job;
  const watch = new DisturbanceWatch();
  const egressBytesBefore = lab.egressBytes;
  const datagramsBefore = lab.datagramsSent;
  const startedAt = performance.now();
  const deadline = startedAt + patienceSeconds(cell) * 1000;
  await transfer.begin();
  const figures = [transfer.sender, ...transfer.receivers];
  const missing = new Set(transfer.receivers.keys());
  let firstDatagramAt: number | undefined;
  let endedAt = performance.now();
  let failedAt: number | undefined;
  let failure: string | undefined;
  for (let poll = 0; ; poll++) {
    warm.follow();
    endedAt = performance.now();
    if (firstDatagramAt === undefined && lab.datagramsSent > datagramsBefore) {
      firstDatagramAt = endedAt;
      if (transfer.firstDataAt !== undefined) for (const each of figures) each.resetCpu();
    }
    for (const device of missing) if (transfer.isComplete(device)) missing.delete(device);
    if (poll % MEMORY_POLLS === 0 || missing.size === 0) for (const each of figures) each.sampleMemory();
    if (missing.size === 0) break;
    failure = transfer.failure();
    if (failure !== undefined) failedAt ??= endedAt;
    if (failedAt !== undefined && endedAt > failedAt + AFTER_SENDER_MILLIS) break;
    if (endedAt > deadline) {
      failure = `${missing.size} of ${cell.devices} without the whole file after ${Math.round((endedAt - startedAt) / 1000)} s`;
      break;
    }
    await sleep(POLL_MILLIS);
  }
  if (missing.size === 0) await untilEnded(transfer);
  const dataTime = missing.size === 0 ? await transfer.firstDataAt?.() : undefined;
  const dataAt = dataTime === undefined ? undefined : dataTime - performance.timeOrigin;
  const firstAt = dataAt ?? firstDatagramAt;
  return {
    isComplete: missing.size === 0,
    ...(missing.size === 0 || failure === undefined ? {} : { failure }),
    seconds: (endedAt - (dataAt ?? startedAt)) / 1000,
    ...(firstAt === undefined ? {} : { secondsFromFirstDatagram: (endedAt - firstAt) / 1000 }),
    egressRatio: (lab.egressBytes - egressBytesBefore) / cell.size,
    senderCpuSeconds: transfer.sender.cpuSeconds,
    receiversCpuSeconds: transfer.receivers.reduce((sum, each) => sum + each.cpuSeconds, 0),
    senderPeakMemoryBytes: transfer.sender.peakMemoryBytes,
    receiverPeakMemoryBytes: Math.max(...transfer.receivers.map((each) => each.peakMemoryBytes)),
    disturbanceShare: watch.share(),
  };
}

async function untilEnded(transfer: Transfer): Promise<void> {
  const deadline = performance.now() + END_TIMEOUT_MILLIS;
  while (transfer.ending.some((each) => !each.hasEnded) && performance.now() < deadline) await sleep(POLL_MILLIS);
}

async function firstWrongOutput(transfer: Transfer, devices: number, digest: string): Promise<string | undefined> {
  for (let device = 0; device < devices; device++) {
    if ((await sha256Of(transfer.output(device))) !== digest) return `d${device + 1}`;
  }
  return undefined;
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}
