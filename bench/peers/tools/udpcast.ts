import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Job, Tool } from '../tool.ts';
import { deviceFolder, startProcessTransfer } from './process-transfer.ts';

const RECEIVER_PORT = 9000;
const RECEIVER = '--nokbd --interface eth0 --no-progress --exit-wait 50';
const SENDER =
  '--nokbd --interface eth0 --no-progress --nopointopoint --full-duplex --rexmit-hello-interval 100 --min-receivers';

/** udpcast: slices that every receiver acknowledges. */
export const udpcast: Tool = {
  name: 'udpcast',
  packages: ['udpcast'],
  settings: `udp-receiver ${RECEIVER}; udp-sender ${SENDER} N`,
  prepare: (job: Job) => {
    const output = (device: number): string => join(deviceFolder(job, device), 'out');
    return startProcessTransfer({
      job,
      receiver: (device) => {
        mkdirSync(deviceFolder(job, device));
        return { program: 'udp-receiver', args: [...RECEIVER.split(' '), '--file', output(device)] };
      },
      sender: {
        program: 'udp-sender',
        args: [...SENDER.split(' '), String(job.cell.devices), '--file', job.source],
      },
      untilReady: () => job.lab.untilBound(RECEIVER_PORT),
      output,
      // It writes from the beginning to the end and ends a while later: the last byte is the end.
      isComplete: (device) => statSync(output(device), { throwIfNoEntry: false })?.size === job.cell.size,
      receiversEnd: true,
    });
  },
};
