/** `rollcall doctor`: what is wrong between a server and its devices, and what to do. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { limits, type Probe, type Reachability } from '@rollcall/api';
import { Option, type Command } from 'commander';
import { exitCodeOf, gather, worstOf, type Finding } from '../doctor/finding.ts';
import { usageError, EXIT } from '../exit-code.ts';
import { formatFindings, formatHeard } from '../output/findings.ts';
import { Output } from '../output/output.ts';
import { serverSettings } from '../settings.ts';
import { addExample, addServerOptions, durationOption, optionWithDefault, type CommonFlags } from './options.ts';

interface DoctorFlags extends CommonFlags {
  readonly target?: string;
  readonly interface?: string;
  readonly duration: number;
  readonly snooping?: true;
}

const EXIT_CODES = `
Exit codes: 0 nothing to do, ${EXIT.findingWarning} a warning, ${EXIT.findingError} an error; 1 and 2 as everywhere: the doctor itself could not.`;

export function registerDoctor(program: Command): void {
  addExample(
    addServerOptions(
      program
        .command('doctor')
        .description('look for what keeps multicast from arriving, on the server or on a device, and say what to do'),
      'data directory of the server, or of the agent: whichever runs on this machine',
    )
      .option('--target <selector>', 'on the server: the devices to probe, of those that are connected (default: all)')
      .option('--interface <name|addr>', 'on a device: as its agent is started with')
      .addOption(
        optionWithDefault(
          '--duration <duration>',
          'how long to probe, up to 15m',
          durationOption,
          `${limits.PROBE_SECONDS_DEFAULT}s`,
        ),
      )
      .addOption(
        new Option(
          '--snooping',
          `probe for ${limits.PROBE_SNOOPING_SECONDS / 60} minutes: finds a switch that snoops IGMP and forgets who listens, for nobody queries`,
        ).conflicts('duration'),
      )
      .addHelpText('after', EXIT_CODES),
    'rollcall doctor --data /var/lib/rollcall',
    'rollcall doctor --data /var/lib/rollcall --snooping',
    'rollcall doctor --data /var/lib/rollcall-agent --interface eth0        on a device',
  ).action(async (flags: DoctorFlags) => {
    const output = new Output(flags.json === true);
    const findings = gather(await examine(flags, output));
    output.result({ worst: worstOf(findings), findings }, () => formatFindings(findings));
    process.exitCode = exitCodeOf(findings);
  });
}

async function examine(flags: DoctorFlags, output: Output): Promise<Finding[]> {
  const durationSeconds = flags.snooping === true ? limits.PROBE_SNOOPING_SECONDS : Math.round(flags.duration / 1000);
  if (durationSeconds < 1 || durationSeconds > limits.PROBE_SECONDS_MAX) {
    throw usageError(`--duration is from 1s to ${limits.PROBE_SECONDS_MAX / 60}m`);
  }
  const data = flags.data ?? process.env['ROLLCALL_DATA'];
  const { signal } = new AbortController();
  const tell = (devices: readonly Reachability[]): void => {
    if (output.isLive || durationSeconds > limits.PROBE_BRISK_SECONDS_MAX) output.note(formatHeard(devices));
  };
  if (data !== undefined && existsSync(join(data, 'identity.json'))) {
    if (flags.target !== undefined) {
      throw usageError(`--target is for the doctor on the server: ${data} is the data directory of a device`);
    }
    const { examineDevice } = await import('../doctor/examine-device.ts');
    const onProgress = (reachability: Reachability): void => tell([reachability]);
    return examineDevice({ dataDirectory: data, interface: flags.interface, durationSeconds, signal, onProgress });
  }
  const { examineServer } = await import('../doctor/examine-server.ts');
  return examineServer({
    dataDirectory: data,
    settings: serverSettings(flags),
    target: flags.target,
    durationSeconds,
    signal,
    onProgress: ({ devices }: Probe) => tell(devices),
  });
}
