/** `rollcall cast`: plain NORM (RFC 5740) between two shells: no server, no task, no keys. */
import { statSync } from 'node:fs';
import {
  castReceive,
  castSend,
  TransportError,
  type CastProgress,
  type TransportErrorCode,
} from '@rollcall/transport/cast';
import { Option, type Command } from 'commander';
import type { SingleBar } from 'cli-progress';
import { formatBytes, formatRate } from '@rollcall/client/format';
import { CommandError, EXIT, usageError, type ExitCode } from '../exit-code.ts';
import { untilSignal } from '../until-signal.ts';
import { formatSeconds } from '../output/format.ts';
import { Output } from '../output/output.ts';
import { DigestPriority } from './digest-priority.ts';
import {
  addExample,
  autoRateOption,
  countOption,
  durationOption,
  endpointOption,
  optionWithDefault,
  rateOption,
  type Endpoint,
} from './options.ts';

interface SendFlags {
  readonly group: Endpoint;
  readonly interface?: string;
  readonly mode: 'multicast' | 'broadcast';
  readonly rate: number | 'auto';
  readonly rateMax?: number;
  readonly receivers?: number;
  readonly timeout?: number;
  readonly parity: 'auto' | number;
  readonly block?: number;
  readonly symbol?: number;
  readonly ttl: number;
  readonly json?: boolean;
}

interface ReceiveFlags {
  readonly group: Endpoint;
  readonly interface?: string;
  readonly mode: 'multicast' | 'broadcast';
  readonly out: string;
  readonly source?: string;
  readonly timeout?: number;
  readonly json?: boolean;
}

export function registerCast(program: Command): void {
  const cast = program
    .command('cast')
    .description('quick transfer by plain NORM: no server, no task, no keys, no authentication');

  addExample(
    common(cast.command('send <file>').description('send a file once to everybody who listens'))
      .addOption(
        optionWithDefault(
          '--rate <auto|rate>',
          "sending rate; auto: what the receivers' paths take",
          autoRateOption,
          'auto',
        ),
      )
      .option('--rate-max <rate>', 'upper bound of the automatic rate (default: none)', rateOption)
      .option('--receivers <n>', 'wait for so many receivers, and for their acknowledgements', countOption(1, 10_000))
      .option(
        '--timeout <duration>',
        'with --receivers: give up when none is heard for so long, nor after the file (exit code 4; default: never, 30s after the file)',
        durationOption,
      )
      .option('--parity <auto|n>', 'repair symbols sent with each block before anybody asks', parity, 'auto')
      .option('--block <k>', 'source symbols in a block', countOption(1, 255))
      .option('--symbol <bytes>', 'size of a symbol', countOption(64, 8192))
      .option('--ttl <n>', 'time to live of multicast packets', countOption(0, 255), 1),
    'rollcall cast send image.iso --group 239.255.7.7:6003 --rate 900mbit --receivers 12',
  ).action(async (file: string, flags: SendFlags) => {
    if (flags.timeout !== undefined && flags.receivers === undefined) {
      throw usageError('--timeout goes with --receivers: without a number of them nobody is waited for');
    }
    checkSource(file);
    const output = new Output(flags.json === true);
    const result = await withCastBar(output, 'send', (signal, onProgress) =>
      castSend(
        {
          file,
          network: { mode: flags.mode, group: flags.group, interface: flags.interface, ttl: flags.ttl },
          signal,
          rateBitsPerSecond: flags.rate,
          ...(flags.rateMax === undefined ? {} : { rateMaxBitsPerSecond: flags.rateMax }),
          ...(flags.receivers === undefined ? {} : { receivers: flags.receivers }),
          ...(flags.timeout === undefined ? {} : { timeoutMs: flags.timeout }),
          parity: flags.parity,
          ...(flags.block === undefined ? {} : { blockLength: flags.block }),
          ...(flags.symbol === undefined ? {} : { symbolSize: flags.symbol }),
        },
        onProgress,
      ),
    );
    output.result(
      result,
      () =>
        `sent ${formatBytes(result.bytes)} in ${result.seconds.toFixed(2)} s (${formatRate((result.bytes * 8) / result.seconds)}); ${formatBytes(result.wireBytes)} on the wire, ${result.nacks} requests for repair, ${result.repairs} repair packets, ${result.receivers} receivers acknowledged\nsha256 ${result.sha256}`,
    );
  });

  addExample(
    common(cast.command('receive').description('receive one file'))
      .requiredOption('--out <file|dir>', 'where to write it; a directory takes the name that the sender gives')
      .option(
        '--timeout <duration>',
        'give up when nothing is heard for so long (exit code 4; default: never)',
        durationOption,
      ),
    'rollcall cast receive --group 239.255.7.7:6003 --out .',
  ).action(async (flags: ReceiveFlags) => {
    const output = new Output(flags.json === true);
    const result = await withCastBar(output, 'receive', (signal, onProgress) =>
      castReceive(
        {
          out: flags.out,
          network: {
            mode: flags.mode,
            group: flags.group,
            interface: flags.interface,
            ...(flags.source === undefined ? {} : { source: flags.source }),
          },
          signal,
          ...(flags.timeout === undefined ? {} : { waitTimeoutMs: flags.timeout }),
        },
        onProgress,
      ),
    );
    output.result(
      result,
      () =>
        `received ${formatBytes(result.bytes)} in ${result.seconds.toFixed(2)} s (${formatRate((result.bytes * 8) / result.seconds)}) to ${result.path}\nsha256 ${result.sha256}`,
    );
  });
}

function common(command: Command): Command {
  return command
    .requiredOption(
      '--group <addr:port>',
      'multicast group; with --mode broadcast the broadcast address',
      endpointOption,
    )
    .option('--interface <name|addr>', 'interface to use (default: that of the route to the group)')
    .addOption(
      new Option('--mode <mode>', 'multicast, or broadcast where there is none')
        .choices(['multicast', 'broadcast'])
        .default('multicast'),
    )
    .option('--json', 'one JSON document');
}

function parity(text: string): 'auto' | number {
  return text === 'auto' ? text : countOption(0, 254)(text);
}

function checkSource(file: string): void {
  try {
    if (statSync(file).isFile()) return;
  } catch (error) {
    throw new CommandError(EXIT.notFound, `cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
  throw new CommandError(EXIT.usage, `${file} is not a file; "rollcall task create copy" sends directory trees`);
}

/** Runs a cast with a bar on a terminal; SIGINT and SIGTERM end it, and the other side is told. */
async function withCastBar<Result>(
  output: Output,
  label: string,
  run: (signal: AbortSignal, onProgress: (progress: CastProgress) => void) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  let isInterrupted = false;
  process.once('SIGINT', () => (isInterrupted = true));
  void untilSignal().then(() => stop.abort());
  const bar = output.isLive ? await CastBar.create(label) : undefined;
  let isWaiting = false;
  const priority = new DigestPriority();
  try {
    return await run(stop.signal, (progress) => {
      // The first word of a session: its thread runs.
      if (progress.isDigesting) priority.comeForward();
      else priority.standBack();
      if (progress.notice !== undefined) output.note(progress.notice);
      // The bar says it as long as it is so; elsewhere once is enough.
      if (bar === undefined && !isWaiting && progress.awaited !== undefined) {
        isWaiting = true;
        output.note(waitingText(progress));
      }
      bar?.update(progress);
    });
  } catch (error) {
    if (isInterrupted) throw new CommandError(EXIT.interrupted, (error as Error).message, { cause: error });
    if (!(error instanceof TransportError)) throw error;
    throw new CommandError(EXIT_OF[error.code] ?? EXIT.failed, error.message, { cause: error });
  } finally {
    bar?.stop();
  }
}

function waitingText({ awaited, heard }: CastProgress): string {
  return `waiting for ${awaited} receivers (${heard} here)`;
}

function stateText(progress: CastProgress): string {
  if (progress.isDigesting) return '; making the digest';
  return progress.awaited === undefined ? '' : `; ${waitingText(progress)}`;
}

const EXIT_OF: Partial<Record<TransportErrorCode, ExitCode>> = {
  timeout: EXIT.timeout,
  group_invalid: EXIT.usage,
  interface_unknown: EXIT.usage,
  invalid_option: EXIT.usage,
};

class CastBar {
  readonly #bar: SingleBar;
  #startedAt: number | undefined;
  #endedAt: number | undefined;

  private constructor(bar: SingleBar) {
    this.#bar = bar;
  }

  /** Loads the bar where there is a terminal to show it: elsewhere a quick transfer does without. */
  static async create(label: string): Promise<CastBar> {
    const { Presets, SingleBar } = await import('cli-progress');
    const format = `${label} {bar} {percentage}%  {done} of {size}, {rate}, {left} left{state}`;
    return new CastBar(new SingleBar({ format, hideCursor: true, stream: process.stderr }, Presets.shades_classic));
  }

  update(progress: CastProgress): void {
    const { doneBytes, totalBytes } = progress;
    if (totalBytes === undefined) return;
    // The digest is no part of the rate.
    const now = progress.isDigesting ? (this.#endedAt ??= Date.now()) : Date.now();
    const isFirst = this.#startedAt === undefined;
    this.#startedAt ??= now;
    const seconds = Math.max((now - this.#startedAt) / 1000, 0.001);
    const payload = {
      done: formatBytes(doneBytes),
      size: formatBytes(totalBytes),
      rate: formatRate((doneBytes * 8) / seconds),
      left: doneBytes === 0 ? '?' : formatSeconds((seconds * (totalBytes - doneBytes)) / doneBytes),
      state: stateText(progress),
    };
    if (isFirst) this.#bar.start(Math.max(totalBytes, 1), doneBytes, payload);
    else this.#bar.update(doneBytes, payload);
  }

  stop(): void {
    this.#bar.stop();
  }
}
