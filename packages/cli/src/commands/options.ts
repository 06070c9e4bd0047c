/** Options that several commands have, and parsers that turn a flag's text into a value or a usage error. */
import type { Parsed, TaskPolicy } from '@rollcall/api';
import { LOG_LEVELS } from '@rollcall/api/log-level';
import { parseDuration, parseRate, parseShareOrCount } from '@rollcall/api/units';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { SERVER_OPTIONS_HEADING } from '../careful-help.ts';
import type { ApiClient } from '../client/api-client.ts';
import { Output } from '../output/output.ts';
import { serverSettings, type ServerFlags } from '../settings.ts';

export interface CommonFlags extends ServerFlags {
  readonly json?: boolean;
}

/** `--server`, `--token`, `--data` and `--json`. */
export function addServerOptions(
  command: Command,
  data = "on the server's own machine: its data directory, instead of the other three",
): Command {
  const ofServer = [
    ['--server <url>', 'its address (or ROLLCALL_SERVER, or "rollcall login")'],
    ['--token <token>', 'operator token; "-" reads it from standard input (or ROLLCALL_TOKEN, or "rollcall login")'],
    ['--token-file <file>', 'file with the operator token'],
    ['--data <dir>', data],
  ] as const;
  for (const [flags, description] of ofServer) {
    command.addOption(new Option(flags, description).helpGroup(SERVER_OPTIONS_HEADING));
  }
  return command.option('--json', 'one JSON document (one per line for streams)');
}

export async function withClient<T>(
  flags: CommonFlags,
  run: (client: ApiClient, output: Output) => Promise<T>,
): Promise<T> {
  const { ApiClient, asCommandError } = await import('../client/api-client.ts');
  // A token that came by standard input comes once.
  const isReadable = flags.token === undefined && flags.tokenFile === undefined;
  const readAgain = isReadable ? () => serverSettings(flags) : undefined;
  await using client = await ApiClient.connect(serverSettings(flags), readAgain);
  try {
    return await run(client, new Output(flags.json === true));
  } catch (error) {
    throw asCommandError(error);
  }
}

export function addExample(command: Command, ...lines: readonly string[]): Command {
  examples.set(command, lines);
  return command.addHelpText('after', `\nExample:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);
}

/** For its man page. */
export function examplesOf(command: Command): readonly string[] {
  return examples.get(command) ?? [];
}

const examples = new WeakMap<Command, readonly string[]>();

function parsed<T>(result: Parsed<T>): T {
  if (result.ok) return result.value;
  throw new InvalidArgumentError(result.reason);
}

/** An option with a default that the help shows as it would be typed. */
export function optionWithDefault<T>(
  flags: string,
  description: string,
  parse: (text: string) => T,
  shown: string,
): Option {
  return new Option(flags, description).argParser<T>((text) => parse(text)).default(parse(shown), shown);
}

export const rateOption = (text: string): number => parsed(parseRate(text));
export const autoRateOption = (text: string): number | 'auto' => (text === 'auto' ? text : rateOption(text));
export const durationOption = (text: string): number => parsed(parseDuration(text));
export const shareOrCountOption = (text: string): TaskPolicy['startWhen'] => parsed(parseShareOrCount(text));

export function countOption(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`"${text}" is not a whole number from ${minimum} to ${maximum}`);
  };
}

/** `--log-level`, of the services. */
export function logLevelOption(): Option {
  return new Option('--log-level <level>', 'what goes to the log (default: ROLLCALL_LOG, else info)').choices(
    LOG_LEVELS,
  );
}

export function collect(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

/** `--label k=v`, repeated. */
export function collectLabel(
  text: string,
  previous: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [key, value] = splitPair(text);
  return { ...previous, [key]: value };
}

export function splitPair(text: string): readonly [key: string, value: string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError(`"${text}" is not of the form KEY=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** `0.0.0.0:7443`, `[::]:7443`, `239.255.7.7:6003`, `[ff15::7]:6003`. */
export function endpointOption(text: string): Endpoint {
  const match = /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new InvalidArgumentError(
      `"${text}" is not of the form ADDRESS:PORT, such as 239.255.7.7:6003 or [ff15::7]:6003`,
    );
  }
  return { address: (match[1] ?? match[2])!, port };
}
