import { readFile } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { AgentError } from '../agent-error.ts';
import type { ChannelPolicy, DevicePolicy } from '../actions/action.ts';
import { errorCode } from '../storage/durable.ts';
import type { DataDirectory } from './data-directory.ts';

/** What the device's owner allows. Nothing that a server says widens it. */
export type DeviceConfiguration = Omit<DevicePolicy, 'dataDirectory'>;

/** The same in `config.json`, in the words of the command line. */
interface ConfigFile {
  /** Directories below which copies may go; the first is where relative paths begin. Empty: `files` in the data directory. */
  readonly allowRoots: readonly string[];
  readonly allow: readonly 'deb'[];
  /** By channel; `*` for every channel that is not named. */
  readonly channels: Readonly<Record<string, ChannelPolicy>>;
  /** Packages go into the system below this folder instead of the running one. */
  readonly dpkgRoot?: string;
}

export async function readDevicePolicy(directory: DataDirectory): Promise<DevicePolicy> {
  const { allowRoots, ...rest } = await readConfig(directory);
  return { dataDirectory: directory.path, allowedRoots: allowRoots, ...rest };
}

/** The text of a `config.json`; folders are kept absolute, whatever the working directory was. */
export function configText(configuration: DeviceConfiguration): string {
  const { allowedRoots, dpkgRoot, ...rest } = configuration;
  const file = {
    allowRoots: allowedRoots.map((root) => resolve(root)),
    ...rest,
    ...(dpkgRoot === undefined ? {} : { dpkgRoot: resolve(dpkgRoot) }),
  };
  return `${JSON.stringify(parseConfig(file, 'the configuration'), undefined, 2)}\n`;
}

/** A wrong setting is refused at the start: allowing less than the owner meant is as bad as allowing more. */
function parseConfig(value: unknown, where: string): ConfigFile {
  const refuse = (what: string): never => {
    throw new AgentError('bad_option', `${where}: ${what}`);
  };
  if (typeof value !== 'object' || value === null) return refuse('is not a JSON object');
  const { allowRoots = [], allow = [], channels = {}, dpkgRoot } = value as Partial<ConfigFile>;
  if (!Array.isArray(allowRoots) || !allowRoots.every((root) => typeof root === 'string' && isAbsolute(root))) {
    refuse('"allowRoots" must be a list of absolute directories');
  }
  if (!Array.isArray(allow) || !allow.every((what) => what === 'deb')) refuse('"allow" can only hold "deb"');
  if (typeof channels !== 'object' || channels === null || !Object.values(channels).every(isChannel)) {
    refuse('"channels" must give each channel {"command": [program, argument, …]} or {"spool": folder}');
  }
  if (dpkgRoot !== undefined && (typeof dpkgRoot !== 'string' || !isAbsolute(dpkgRoot))) {
    refuse('"dpkgRoot" must be an absolute directory');
  }
  return { allowRoots, allow, channels, ...(dpkgRoot === undefined ? {} : { dpkgRoot }) };
}

async function readConfig(directory: DataDirectory): Promise<ConfigFile> {
  let value: unknown = {};
  try {
    value = JSON.parse(await readFile(directory.config, 'utf8'));
  } catch (error) {
    // Without the file nothing beyond the data directory is allowed, which is always safe.
    if (errorCode(error) !== 'ENOENT') {
      throw new AgentError('bad_option', `cannot read ${directory.config}: ${String(error)}`, { cause: error });
    }
  }
  return parseConfig(value, directory.config);
}

function isChannel(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { command, spool } = value as { command?: unknown; spool?: unknown };
  if (command === undefined) return typeof spool === 'string';
  return (
    spool === undefined &&
    Array.isArray(command) &&
    command.length > 0 &&
    command.every((word) => typeof word === 'string')
  );
}
