import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { payloadBitsPerSecond } from '../cells.ts';
import { MeasuredProcess } from '../measured-process.ts';
import type { NormDriverOptions } from '../norm-driver.ts';
import type { Job, Tool, Transfer } from '../tool.ts';
import { deviceFolder } from './process-transfer.ts';

const DRIVER = fileURLToPath(new URL('../norm-driver.ts', import.meta.url));
const GROUP = '239.77.0.2';
const PORT = 6003;
/** Leaves room for repairs and messages. */
const LINK_SHARE = 0.97;
/** Somewhat more than the library can send on a fast machine. */
const UNSHAPED_BITS_PER_SECOND = 2.5e9;
const START_TIMEOUT_MILLIS = 30_000;

export const normPlain = normTool('norm-plain', 64, 0);
export const normFec = normTool('norm-fec', 128, 32);

/**
 * NRL's NORM by its own library. The clock starts when the driver, already running, is told to begin: what Node.js
 * takes to start is not the library's, neither its time nor its processor time.
 */
function normTool(name: string, blockLength: number, repairSymbolCount: number): Tool {
  return {
    name,
    packages: ['libnorm1'],
    settings:
      `libnorm, data object, symbols of 1428, block ${blockLength}, parity ${repairSymbolCount}, rate 0.97 of the link's ` +
      'payload, 64 MiB buffers, unicast NACK, back-off 0, GRTT 10 ms, watermark acknowledgements',
    prepare: (job) => prepare(job, blockLength, repairSymbolCount),
  };
}

async function prepare(job: Job, blockLength: number, repairSymbolCount: number): Promise<Transfer> {
  const { cell, lab } = job;
  const { network } = lab;
  const output = (device: number): string => join(deviceFolder(job, device), 'out');
  const start = (host: string, options: Omit<NormDriverOptions, 'group' | 'port'>): Promise<MeasuredProcess> => {
    const args = [DRIVER, JSON.stringify({ group: GROUP, port: PORT, ...options })];
    return MeasuredProcess.start(network, host, process.execPath, args, join(job.folder, `${host}.log`));
  };
  const rate = cell.rateBitsPerSecond;
  const readyFile = join(job.folder, 'ready');
  const beginFile = join(job.folder, 'begin');
  const receivers: MeasuredProcess[] = [];
  const nodeIdOf = (device: number): number => device + 2;
  for (const [index, { name }] of network.devices.entries()) {
    mkdirSync(deviceFolder(job, index));
    receivers.push(await start(name, { nodeId: nodeIdOf(index), output: output(index) }));
  }
  const sender = await start('srv', {
    nodeId: 1,
    sender: {
      source: job.source,
      bitsPerSecond: rate === undefined ? UNSHAPED_BITS_PER_SECOND : LINK_SHARE * payloadBitsPerSecond(rate),
      blockLength,
      repairSymbolCount,
      receiverNodeIds: receivers.map((_, index) => nodeIdOf(index)),
      readyFile,
      beginFile,
    },
  });
  const end = async (): Promise<void> => {
    for (const each of [...receivers, sender]) await each.end();
  };
  try {
    await lab.untilJoined(GROUP);
    const deadline = performance.now() + START_TIMEOUT_MILLIS;
    while (!existsSync(readyFile)) {
      if (performance.now() > deadline) throw new Error(`the driver did not start: ${sender.log}`);
      await sleep(5);
    }
  } catch (error) {
    await end();
    throw error;
  }
  return {
    begin: async () => {
      for (const each of [sender, ...receivers]) each.resetCpu();
      writeFileSync(beginFile, '');
    },
    sender,
    receivers,
    ending: [sender],
    isComplete: (device) => existsSync(output(device)),
    output,
    failure: () => (sender.hasEnded ? `the sender has ended: ${sender.log.trim().slice(-300)}` : undefined),
    end,
  };
}
