import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { rateFlag } from '../cells.ts';
import type { Job, Tool } from '../tool.ts';
import { deviceFolder, startProcessTransfer } from './process-transfer.ts';

const ROLLCALL = fileURLToPath(new URL('../../../rollcall', import.meta.url));
const GROUP = '239.77.0.1';
const PORT = 6003;

/** `rollcall cast`, as a user runs it. */
export const rollcallCast: Tool = {
  name: 'rollcall',
  packages: [],
  settings: 'rollcall cast receive; rollcall cast send --rate LINK (unshaped: auto) --receivers N',
  prepare: (job: Job) => {
    const output = (device: number): string => join(deviceFolder(job, device), 'out');
    const network = ['--group', `${GROUP}:${PORT}`, '--interface', 'eth0', '--json'];
    return startProcessTransfer({
      job,
      receiver: (device) => {
        mkdirSync(deviceFolder(job, device));
        return { program: ROLLCALL, args: ['cast', 'receive', ...network, '--out', output(device)] };
      },
      sender: {
        program: ROLLCALL,
        args: [
          'cast',
          'send',
          job.source,
          ...network,
          '--rate',
          rateFlag(job.cell) ?? 'auto',
          '--receivers',
          String(job.cell.devices),
        ],
      },
      untilReady: () => job.lab.untilJoined(GROUP),
      output,
      // The file gets its name when it is whole.
      isComplete: (device) => existsSync(output(device)),
      receiversEnd: true,
    });
  },
};
