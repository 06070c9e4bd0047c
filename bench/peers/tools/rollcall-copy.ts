import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Deployment } from '../../../test/support/deployment.ts';
import { rateFlag, UNSHAPED_RATE_MAX } from '../cells.ts';
import { ProcessMeter } from '../measured-process.ts';
import type { Job, Tool, Transfer } from '../tool.ts';

const TARGET = 'bench/out';

interface CopyOptions {
  /** Further arguments of `task create`. */
  readonly task?: readonly string[];
  /** Further variables of server and agents. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A task of the kind `copy`, through server and agents, from its first DATA message to the last verified file. */
export const rollcallCopy: Tool = {
  name: 'rollcall-copy',
  packages: [],
  settings:
    'rollcall serve --rate LINK (unshaped: 10gbit --rate-control auto); rollcall agent; rollcall task create copy FILE --target all',
  prepare: (job) => prepareCopy(job),
};

export async function prepareCopy(job: Job, { task = [], env = {} }: CopyOptions = {}): Promise<Transfer> {
  const rate = rateFlag(job.cell);
  const serve = rate === undefined ? ['--rate', UNSHAPED_RATE_MAX, '--rate-control', 'auto'] : ['--rate', rate];
  // Its folders go where temporary files go: into the job's folder, as those of the other tools.
  process.env['TMPDIR'] = job.folder;
  const deployment = await Deployment.start({ network: job.lab.network, serve, env });
  let failure: string | undefined;
  let creation: Promise<string | undefined> = Promise.resolve(undefined);
  const end = async (): Promise<void> => {
    await creation;
    await deployment[Symbol.asyncDispose]();
    delete process.env['TMPDIR'];
  };
  try {
    const devices = await deployment.addDevices(job.cell.devices);
    const output = (device: number): string => join(devices[device]?.files ?? '', TARGET);
    return {
      begin: async () => {
        creation = deployment
          .createTask(['copy', job.source, '--to', TARGET, '--target', 'all', '--start-when', '100%', ...task])
          .catch((error: unknown) => {
            failure = String(error);
            return undefined;
          });
      },
      sender: new ProcessMeter(deployment.server.pid),
      receivers: devices.map((device) => new ProcessMeter(device.agent.pid)),
      ending: [],
      isComplete: (device) => existsSync(output(device)),
      output,
      failure: () => failure,
      firstDataAt: async () => {
        const startedAt = (await deployment.show((await creation)!)).sessions[0]?.startedAt;
        if (typeof startedAt !== 'number') throw new Error('the task was not multicast');
        return startedAt;
      },
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}
