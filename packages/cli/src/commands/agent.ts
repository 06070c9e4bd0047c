/** `rollcall join` and `rollcall agent`: a device's side. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LogLevel } from '@rollcall/api';
import { Option, type Command } from 'commander';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import { Output } from '../output/output.ts';
import { notifyServiceManager } from '../notify-service-manager.ts';
import { exitSoon, untilSignal } from '../until-signal.ts';
import { requireServerUrl, requireToken } from '../settings.ts';
import { parseChannel } from './channel.ts';
import { nameOption } from './name-option.ts';
import { addExample, collect, collectLabel, logLevelOption, rateOption } from './options.ts';

interface JoinFlags {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly data: string;
  readonly name?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly allowRoot?: readonly string[];
  readonly allow?: readonly 'deb'[];
  readonly channel?: readonly string[];
  readonly dpkgRoot?: string;
  readonly json?: boolean;
}

interface AgentFlags {
  readonly data: string;
  readonly interface?: string;
  readonly downloadRate?: number;
  readonly experimentalPlatform?: boolean;
  readonly logLevel?: LogLevel;
  readonly json?: boolean;
}

export function registerAgent(program: Command): void {
  addExample(
    program
      .command('join <url>')
      .description('enrol this device with a server; writes its key, certificate and configuration to --data')
      .option(
        '--token <token>',
        'join token (from "rollcall token create"); "-" reads it from standard input (or ROLLCALL_TOKEN)',
      )
      .option('--token-file <file>', 'file with the join token')
      .requiredOption('--data <dir>', 'data directory of the agent')
      .option('--name <name>', 'name of the device (default: its host name)', nameOption)
      .option('--label <k=v>', 'label of the device (repeatable)', collectLabel)
      .option(
        '--allow-root <dir>',
        'folder below which tasks may write (repeatable; default: files/ in --data)',
        collect,
      )
      .addOption(
        new Option('--allow <what>', 'permit more than files and applications of --data (repeatable)')
          .choices(['deb'])
          .argParser(allowed),
      )
      .option(
        '--channel <name=command>',
        'command that takes the batches of a channel on its standard input (repeatable; no shell; "*" for any channel; NAME=spool:DIR for a folder)',
        collect,
      )
      .option(
        '--dpkg-root <dir>',
        'install Debian packages into the system below this folder instead of the running one',
      )
      .option('--json', 'one JSON document'),
    'rollcall join https://rollcall.example:7443 --token rcj.… --data /var/lib/rollcall-agent --name till-7',
  ).action(async (url: string, flags: JoinFlags) => {
    requireServerUrl(url);
    const token = requireToken(flags);
    const { joinServer } = await import('@rollcall/agent');
    const joined = await withExitCodes(() =>
      joinServer({
        url,
        token,
        dataDirectory: flags.data,
        ...(flags.name === undefined ? {} : { name: flags.name }),
        labels: flags.label ?? {},
        configuration: {
          allowedRoots: flags.allowRoot ?? [],
          allow: flags.allow ?? [],
          channels: Object.fromEntries((flags.channel ?? []).map(parseChannel)),
          ...(flags.dpkgRoot === undefined ? {} : { dpkgRoot: flags.dpkgRoot }),
        },
      }),
    );
    const output = new Output(flags.json === true);
    for (const root of (flags.allowRoot ?? []).filter((each) => !existsSync(each))) {
      output.note(`${resolve(root)} is not there: until somebody makes it, what is copied to it is rejected`);
    }
    output.result(
      { id: joined.deviceId, name: joined.name, pending: joined.isPending },
      () =>
        `joined as ${joined.name} (${joined.deviceId}); now run: rollcall agent --data ${flags.data}` +
        (joined.isPending ? `\nit waits for approval: rollcall device approve ${joined.name}` : ''),
    );
  });

  addExample(
    program
      .command('agent')
      .description('run the device\'s agent: prints "ready ID" when connected; SIGTERM ends it cleanly')
      .requiredOption('--data <dir>', 'data directory that "rollcall join" wrote')
      .option(
        '--interface <name|addr>',
        'listen to multicast on this interface (default: that of the route to the server)',
      )
      .option('--download-rate <rate>', 'limit of unicast downloads, such as 10mbit', rateOption)
      .option('--experimental-platform', 'run where the agent is not tested (anything but Linux on x64 or arm64)')
      .addOption(logLevelOption())
      .option('--json', 'say "ready" as a JSON document'),
    'rollcall agent --data /var/lib/rollcall-agent --interface eth0',
  ).action(async (flags: AgentFlags) => {
    // Whatever it was started with: files that a task copies have the rights that the task says, programs a known umask.
    process.umask(0o022);
    const { startAgent } = await import('@rollcall/agent');
    const agent = await withExitCodes(() =>
      startAgent({
        dataDirectory: flags.data,
        ...(flags.interface === undefined ? {} : { interface: flags.interface }),
        ...(flags.downloadRate === undefined ? {} : { downloadRateBitsPerSecond: flags.downloadRate }),
        logLevel: flags.logLevel,
        isExperimentalPlatformAllowed: flags.experimentalPlatform === true,
      }),
    );
    // The service is up also while its server is away: reaching that is its work, not its start.
    notifyServiceManager();
    const output = new Output(flags.json === true);
    void agent.ready.then(() => output.line({ ready: agent.deviceId }, `ready ${agent.deviceId}`));
    const end = await Promise.race([untilSignal(), agent.closed]);
    await agent.close();
    exitSoon();
    if (end !== undefined)
      throw new CommandError(
        end.code === 'removed' || end.code === 'certificate_void' ? EXIT.notAllowed : EXIT.failed,
        end.message,
      );
  });
}

/** What scripts decide by: a wrong word, a door that stays shut, or a failure that may pass. */
async function withExitCodes<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'bad_token' || code === 'bad_option') throw withCode(EXIT.usage, error);
    if (code === 'server_untrusted' || code === 'join_refused') throw withCode(EXIT.notAllowed, error);
    throw error;
  }
}

function withCode(exitCode: ExitCode, error: unknown): CommandError {
  return new CommandError(exitCode, error instanceof Error ? error.message : String(error), { cause: error });
}

function allowed(text: string, previous: readonly 'deb'[] = []): readonly 'deb'[] {
  if (text !== 'deb') throw new CommandError(EXIT.usage, `"${text}" cannot be allowed; known: deb`);
  return [...previous, text];
}
