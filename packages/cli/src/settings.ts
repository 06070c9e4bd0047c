/**
 * Where the server is and who we are: flag, then environment, then configuration file; on the server's own machine
 * `--data DIR` is enough, because the server leaves a token there that only its owner can read.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandError, EXIT, usageError } from './exit-code.ts';

export interface ServerFlags {
  readonly server?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly data?: string;
}

export interface ServerSettings {
  readonly url: string;
  readonly token: string;
}

/** File in the server's data directory with the address and token for its own machine. */
const LOCAL_OPERATOR_FILE = 'local-operator.json';

export function configFilePath(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  return join(base, 'rollcall', 'config.json');
}

/** @throws CommandError when nothing says where the server is */
export function serverSettings(flags: ServerFlags, environment: NodeJS.ProcessEnv = process.env): ServerSettings {
  // Who names a data directory means its server, whatever the environment says.
  const set = flags.data === undefined ? environment : {};
  const data = flags.data ?? valueOf(environment, 'ROLLCALL_DATA');
  const file = data === undefined ? readConfig(configFilePath(environment)) : readLocal(data);
  const url = flags.server ?? valueOf(set, 'ROLLCALL_SERVER') ?? file?.server;
  const token = tokenFrom(flags, set) ?? file?.token;
  if (url === undefined || token === undefined) {
    const missing = url === undefined ? 'no server is set' : `there is no token for ${url}`;
    throw usageError(
      `${missing}: log in with "rollcall login URL --token TOKEN", give --server and --token, set ROLLCALL_SERVER and ROLLCALL_TOKEN, or give --data DIR on the server's own machine`,
    );
  }
  return { url, token };
}

/** @throws CommandError when it is no address of a server */
export function requireServerUrl(url: string): void {
  if (URL.canParse(url) && new URL(url).protocol === 'https:') return;
  throw usageError(`"${url}" is no address of a server: write it as https://HOST:PORT`);
}

/** One that is set to nothing is not set. */
function valueOf(environment: NodeJS.ProcessEnv, name: string): string | undefined {
  return environment[name] || undefined;
}

/**
 * A token from where the flags say, or else from the environment. On the command line itself other users of the machine
 * may see it in the list of processes, and the shell keeps it: `-` reads standard input, and a file is read as well.
 */
function tokenFrom(
  flags: Pick<ServerFlags, 'token' | 'tokenFile'>,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (flags.token !== undefined && flags.tokenFile !== undefined) {
    throw usageError('--token and --token-file say the same thing: give one of them');
  }
  if (flags.token === '-') return readToken(0, 'standard input');
  if (flags.tokenFile !== undefined) return readToken(flags.tokenFile, flags.tokenFile);
  return flags.token ?? valueOf(environment, 'ROLLCALL_TOKEN');
}

/** For commands that cannot do without one of their own. */
export function requireToken(flags: Pick<ServerFlags, 'token' | 'tokenFile'>): string {
  const token = tokenFrom(flags);
  if (token === undefined) throw usageError('a token is needed: --token, --token-file, or ROLLCALL_TOKEN');
  return token;
}

function readToken(file: string | number, name: string): string {
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (token !== '') return token;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CommandError(
      isMissing ? EXIT.notFound : EXIT.usage,
      `cannot read a token from ${name}: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
  throw usageError(`there is no token in ${name}`);
}

/** Written beside and renamed, readable by its owner alone. */
export function saveConfig(settings: ServerSettings, path = configFilePath()): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, `${JSON.stringify({ server: settings.url, token: settings.token }, undefined, 2)}\n`, {
    mode: 0o600,
  });
  renameSync(beside, path);
}

interface FileSettings {
  readonly server?: string;
  readonly token?: string;
}

function readConfig(path: string): FileSettings | undefined {
  const text = readIfThere(path);
  return text === undefined ? undefined : parse(text, path);
}

function readLocal(dataDirectory: string): FileSettings {
  const path = join(dataDirectory, LOCAL_OPERATOR_FILE);
  const text = readIfThere(path);
  if (text === undefined) {
    throw new CommandError(
      EXIT.failed,
      `${path} is not there: is ${dataDirectory} the data directory of a server that has run, on this machine?`,
    );
  }
  const { url, token } = parse(text, path) as { url?: string; token?: string };
  return { ...(url === undefined ? {} : { server: url }), ...(token === undefined ? {} : { token }) };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandError(EXIT.failed, `cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function parse(text: string, path: string): FileSettings {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // The same answer as for a document of another shape.
  }
  throw new CommandError(EXIT.failed, `${path} is not a settings file: delete it and log in again`);
}
