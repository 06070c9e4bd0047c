/** `rollcall serve`: the server. */
import { RATE_CONTROLS, TASK_MODES, type LogLevel, type RateControl, type TaskMode } from '@rollcall/api';
import { Option, type Command } from 'commander';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import { isJournal } from '../is-journal.ts';
import { notifyServiceManager } from '../notify-service-manager.ts';
import { Output } from '../output/output.ts';
import { signInLines } from './sign-in.ts';
import { exitSoon, untilSignal } from '../until-signal.ts';
import {
  addExample,
  collect,
  countOption,
  durationOption,
  endpointOption,
  logLevelOption,
  optionWithDefault,
  rateOption,
  type Endpoint,
} from './options.ts';

interface ServeFlags {
  readonly data: string;
  readonly listen: Endpoint;
  readonly deviceListen?: Endpoint;
  readonly interface?: readonly string[];
  readonly name?: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly consoleUrl?: string;
  readonly oidc?: string;
  readonly mode: TaskMode;
  readonly group?: Endpoint;
  readonly sourceSpecific?: boolean;
  readonly ttl: number;
  readonly rate: number;
  readonly rateControl: RateControl;
  readonly unicastSlots: number;
  readonly unicastRate?: number;
  readonly keepContent: number;
  readonly webhookAllow?: readonly string[];
  readonly logLevel?: LogLevel;
  readonly json?: boolean;
}

export function registerServe(program: Command): void {
  addExample(
    program
      .command('serve')
      .description(
        'run the server: prints "ready URL" when it takes requests, and a link that signs a browser in; SIGTERM ends it cleanly',
      )
      .requiredOption('--data <dir>', 'data directory: database, content, keys')
      .addOption(
        optionWithDefault('--listen <addr:port>', 'for operators and joining devices', endpointOption, '0.0.0.0:7443'),
      )
      .option(
        '--device-listen <addr:port>',
        'for devices, with client certificates (default: port + 1)',
        endpointOption,
      )
      .option(
        '--interface <name|addr>',
        'multicast on this interface (repeatable; default: that of the default route)',
        collect,
      )
      .option('--name <host>', 'name under which clients reach the server (repeatable)', collect)
      .option(
        '--tls-cert <file>',
        "certificate chain (PEM) for the operators' door, instead of one of its own authority",
      )
      .option('--tls-key <file>', 'key of that certificate (PEM)')
      .option('--console-url <url>', 'where browsers reach the console, when that is a proxy: https://HOST')
      .option('--oidc <file>', 'identity provider to sign in by (JSON with the client’s secret, mode 0600)')
      .addOption(
        new Option('--mode <mode>', 'how tasks are sent unless they say otherwise')
          .choices(TASK_MODES)
          .default('multicast'),
      )
      .option(
        '--group <addr:port>',
        'multicast group and first port; with --mode broadcast the broadcast address',
        endpointOption,
      )
      .option('--source-specific', 'source-specific multicast (232.0.0.0/8, ff3x::/32)')
      .option('--ttl <n>', 'time to live of multicast packets', countOption(0, 255), 1)
      .addOption(optionWithDefault('--rate <rate>', 'all multicast together', rateOption, '100mbit'))
      .addOption(
        new Option('--rate-control <how>', "fixed: at --rate; auto: slower, where a receiver's path takes less")
          .choices(RATE_CONTROLS)
          .default('fixed'),
      )
      .option(
        '--unicast-slots <n>',
        'devices that are completed by unicast at the same time',
        countOption(1, 10_000),
        8,
      )
      .option('--unicast-rate <rate>', 'all unicast together (default: no limit)', rateOption)
      .addOption(
        optionWithDefault(
          '--keep-content <duration>',
          'keep content that no task needs for so long',
          durationOption,
          '7d',
        ),
      )
      .option(
        '--webhook-allow <addr|network>',
        'webhooks may go there although it is no public address, and without TLS (repeatable)',
        collect,
      )
      .addOption(logLevelOption())
      .option('--json', 'say "ready" as a JSON document'),
    'rollcall serve --data /var/lib/rollcall --interface eth0 --rate 200mbit --name rollcall.example',
  ).action(async (flags: ServeFlags) => {
    if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) {
      throw new CommandError(EXIT.usage, '--tls-cert and --tls-key go together');
    }
    // Whatever it was started with: what it writes is for its own user.
    process.umask(0o077);
    // Loaded here, so that the other commands start without it.
    const { startServer, ConfigError } = await import('@rollcall/server');
    const server = await startServer({
      dataDirectory: flags.data,
      listen: flags.listen,
      ...(flags.deviceListen === undefined ? {} : { deviceListen: flags.deviceListen }),
      interfaces: flags.interface ?? [],
      names: flags.name ?? [],
      ...(flags.tlsCert === undefined || flags.tlsKey === undefined
        ? {}
        : { tlsCertificateFile: flags.tlsCert, tlsKeyFile: flags.tlsKey }),
      ...(flags.consoleUrl === undefined ? {} : { consoleUrl: flags.consoleUrl }),
      ...(flags.oidc === undefined ? {} : { oidcFile: flags.oidc }),
      mode: flags.mode,
      ...(flags.group === undefined ? {} : { group: flags.group }),
      isSourceSpecific: flags.sourceSpecific === true,
      ttl: flags.ttl,
      rateBitsPerSecond: flags.rate,
      rateControl: flags.rateControl,
      unicastSlots: flags.unicastSlots,
      ...(flags.unicastRate === undefined ? {} : { unicastRateBitsPerSecond: flags.unicastRate }),
      keepContentMs: flags.keepContent,
      webhookAllow: flags.webhookAllow ?? [],
      ...(flags.logLevel === undefined ? {} : { logLevel: flags.logLevel }),
    }).catch((error: unknown) => {
      if (!(error instanceof ConfigError)) throw error;
      throw new CommandError(EXIT_OF[error.code], error.message, { cause: error });
    });
    const output = new Output(flags.json === true);
    // What goes to a journal stays there, and others may read it.
    const link = isJournal(process.stdout) ? undefined : await server.makeSignInLink();
    output.line(
      { ready: server.url, ...(link === undefined ? {} : { signIn: link.url, signInUntil: link.expiresAt }) },
      `ready ${server.url}`,
    );
    if (!output.isJson) output.line(undefined, signInLines(link, flags.data));
    notifyServiceManager();
    await untilSignal();
    await server.close();
    exitSoon();
  });
}

const EXIT_OF = {
  bad_option: EXIT.usage,
  file_missing: EXIT.notFound,
  unusable: EXIT.failed,
} as const satisfies Record<string, ExitCode>;
