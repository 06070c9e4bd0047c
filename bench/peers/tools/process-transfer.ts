import { join } from 'node:path';
import { MeasuredProcess } from '../measured-process.ts';
import type { Job, Transfer } from '../tool.ts';

export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
}

interface ProcessTransferOptions {
  readonly job: Job;
  readonly receiver: (device: number) => CommandLine;
  readonly sender: CommandLine;
  /** Resolves when the receivers are waiting. */
  readonly untilReady: () => Promise<void>;
  readonly output: (device: number) => string;
  readonly isComplete: (device: number, process: MeasuredProcess) => boolean;
  readonly receiversEnd: boolean;
}

/** The usual tool: a program on each device that waits, and one on the server that sends and ends. */
export async function startProcessTransfer(options: ProcessTransferOptions): Promise<Transfer> {
  const { job } = options;
  const network = job.lab.network;
  const receivers: MeasuredProcess[] = [];
  let sender: MeasuredProcess | undefined;
  const end = async (): Promise<void> => {
    for (const each of receivers) await each.end();
    await sender?.end();
  };
  try {
    for (const [index, { name }] of network.devices.entries()) {
      const { program, args } = options.receiver(index);
      receivers.push(await MeasuredProcess.start(network, name, program, args, join(job.folder, `${name}.log`)));
    }
    await options.untilReady();
  } catch (error) {
    const logs = receivers.map((each) => each.log.slice(-1000)).join('\n');
    await end();
    throw new Error(`the receivers did not start\n${logs}`, { cause: error });
  }
  const started = (): MeasuredProcess => {
    if (sender === undefined) throw new Error('the sender has not begun');
    return sender;
  };
  return {
    begin: async () => {
      const { program, args } = options.sender;
      sender = await MeasuredProcess.start(network, 'srv', program, args, join(job.folder, 'srv.log'));
    },
    get sender() {
      return started();
    },
    receivers,
    get ending() {
      return options.receiversEnd ? [started(), ...receivers] : [started()];
    },
    isComplete: (device) => options.isComplete(device, receivers[device] as MeasuredProcess),
    output: options.output,
    // A sender may end a little before its receivers have written everything: it is asked after a while only.
    failure: () => (started().hasEnded ? `the sender has ended: ${started().log.trim().slice(-300)}` : undefined),
    end,
  };
}

/** The folder of a device's own in the job's. */
export function deviceFolder(job: Job, device: number): string {
  return join(job.folder, `d${device + 1}`);
}
