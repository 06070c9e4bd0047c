import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { patienceSeconds } from './cells.ts';
import type { KernelDriverOptions, KernelDriverResult } from './kernel-driver.ts';
import type { Run } from './measure.ts';
import { MeasuredProcess } from './measured-process.ts';
import { DisturbanceWatch } from './quiet-machine.ts';
import type { Job } from './tool.ts';

const DRIVER = fileURLToPath(new URL('kernel-driver.ts', import.meta.url));
const GROUP = '239.77.0.3';
const PORT = 6004;
const LOSS_SHARE_MAX = 0.001;
/** How many rates are tried until so little is lost. */
const TRIES_MAX = 6;
const STEP_DOWN = 0.9;

/** The highest rate at which every device gets (almost) all datagrams of a flood of the file's size: no protocol, no file. */
export async function measureKernel(job: Job): Promise<Run> {
  let bytesPerSecond: number | undefined;
  let run = await flood(job, bytesPerSecond);
  for (let tries = 1; tries < TRIES_MAX && run.lossShare > LOSS_SHARE_MAX; tries++) {
    bytesPerSecond = (job.cell.size / run.seconds) * STEP_DOWN;
    run = await flood(job, bytesPerSecond);
  }
  const { lossShare, ...figures } = run;
  const isComplete = lossShare <= LOSS_SHARE_MAX;
  return { ...figures, isComplete, ...(isComplete ? {} : { failure: `${(lossShare * 100).toFixed(2)}% lost` }) };
}

async function flood(job: Job, bytesPerSecond: number | undefined): Promise<Run & { readonly lossShare: number }> {
  const { cell, lab, folder } = job;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const processes: MeasuredProcess[] = [];
  const start = async (host: string, role: KernelDriverOptions['role']): Promise<void> => {
    const options = { role, address: GROUP, port: PORT, size: cell.size, ...(bytesPerSecond && { bytesPerSecond }) };
    const args = [DRIVER, JSON.stringify(options)];
    processes.push(await MeasuredProcess.start(lab.network, host, process.execPath, args, join(folder, `${host}.log`)));
  };
  try {
    for (const { name } of lab.network.devices) await start(name, 'receiver');
    await lab.untilJoined(GROUP);
    const egressBytesBefore = lab.egressBytes;
    const watch = new DisturbanceWatch();
    await start('srv', 'sender');
    const deadline = performance.now() + patienceSeconds(cell) * 1000;
    while (processes.some((each) => !each.hasEnded) && performance.now() < deadline) {
      for (const each of processes) each.sampleMemory();
      await sleep(20);
    }
    const results = processes.map((each) => JSON.parse(each.log || '{}') as Partial<KernelDriverResult>);
    const sent = results.pop();
    const least = Math.min(...results.map((each) => each.bytes ?? 0));
    const cpuSeconds = results.map((each) => each.cpuSeconds ?? 0);
    return {
      isComplete: true,
      lossShare: 1 - least / (sent?.bytes ?? Infinity),
      seconds: Math.max(sent?.seconds ?? 0, ...results.map((each) => each.seconds ?? 0)),
      egressRatio: (lab.egressBytes - egressBytesBefore) / cell.size,
      senderCpuSeconds: sent?.cpuSeconds ?? 0,
      receiversCpuSeconds: cpuSeconds.reduce((sum, each) => sum + each, 0),
      senderPeakMemoryBytes: processes.at(-1)?.peakMemoryBytes ?? 0,
      receiverPeakMemoryBytes: Math.max(...processes.slice(0, -1).map((each) => each.peakMemoryBytes)),
      disturbanceShare: watch.share(),
    };
  } finally {
    for (const each of processes) await each.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
