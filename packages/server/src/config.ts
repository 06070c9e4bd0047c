/** Options, checked and completed. Reads the certificate files and the machine's addresses; opens nothing. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP, isIPv4 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import path from 'node:path';
import { logLevelOf, type LogLevel, type RateControl, type TaskMode } from '@rollcall/api';
import { resolveInterface } from '@rollcall/transport';
import type { Endpoint, ServerOptions } from './options.ts';
import { isRange } from './webhooks/allowed-addresses.ts';

export interface ServerConfig {
  readonly dataDirectory: string;
  readonly listen: Endpoint;
  /** Port undefined: the operators' port + 1, once that is known. */
  readonly deviceListen: { readonly address: string; readonly port: number | undefined };
  /** Names and addresses in the doors' certificates. */
  readonly certificateNames: readonly string[];
  /** The host in the URLs that the server gives out. */
  readonly publicHost: string;
  /** Without a slash at its end. */
  readonly consoleUrl: string | undefined;
  readonly oidcFile: string | undefined;
  readonly ownTls: { readonly cert: string; readonly key: string } | undefined;
  readonly multicast: MulticastConfig;
  readonly unicast: { readonly slots: number; readonly bytesPerSecond: number | undefined };
  readonly webhookAllow: readonly string[];
  readonly keepContentMs: number;
  readonly logLevel: LogLevel;
}

export interface MulticastConfig {
  readonly mode: TaskMode;
  readonly interfaces: readonly string[];
  readonly multicastAddress: string;
  /** Undefined: the directed broadcast address of the interface. */
  readonly broadcastAddress: string | undefined;
  readonly basePort: number;
  readonly isSourceSpecific: boolean;
  readonly ttl: number;
  readonly bytesPerSecond: number;
  readonly rateControl: RateControl;
}

/** An option that cannot be; one that names a file that is not there; or one that is right, where this machine does not do it. */
export type ConfigErrorCode = 'bad_option' | 'file_missing' | 'unusable';

/** Its message says which option, and what it may be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;

  constructor(message: string, options: ErrorOptions & { readonly code?: ConfigErrorCode } = {}) {
    super(message, options);
    this.code = options.code ?? 'bad_option';
  }
}

export function unreadableFile(flag: string, file: string, error: unknown): ConfigError {
  const code = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'file_missing' : 'unusable';
  return new ConfigError(`${flag} ${file} cannot be read: ${(error as Error).message}`, { cause: error, code });
}

export async function configFrom(options: ServerOptions): Promise<ServerConfig> {
  const listen = options.listen ?? { address: '0.0.0.0', port: DEFAULT_PORT };
  const names = options.names ?? [];
  for (const name of names) {
    if (isIP(name) === 0 && !HOST_NAME.test(name)) throw new ConfigError(`--name ${name} is no host name or address`);
  }
  const { webhookAllow = [] } = options;
  for (const range of webhookAllow) {
    if (!isRange(range)) throw new ConfigError(`--webhook-allow ${range} is no address or network, such as 10.0.0.0/8`);
  }
  const addresses = ownAddresses();
  return {
    dataDirectory: path.resolve(options.dataDirectory),
    listen,
    deviceListen: options.deviceListen ?? {
      address: listen.address,
      port: listen.port === 0 ? 0 : undefined,
    },
    certificateNames: certificateNames(names, listen, options.deviceListen, addresses),
    publicHost: names[0] ?? (isWildcard(listen.address) ? firstOutside(addresses) : listen.address),
    consoleUrl: consoleUrlFrom(options.consoleUrl),
    oidcFile: options.oidcFile,
    ownTls: await readOwnTls(options),
    multicast: multicastFrom(options),
    unicast: {
      slots: count('--unicast-slots', options.unicastSlots ?? 8, 1, 10_000),
      bytesPerSecond:
        options.unicastRateBitsPerSecond === undefined
          ? undefined
          : count('--unicast-rate', options.unicastRateBitsPerSecond, 8_000, 1e12) / 8,
    },
    webhookAllow,
    keepContentMs: options.keepContentMs ?? 7 * 86_400_000,
    logLevel: options.logLevel ?? logLevelOf(process.env['ROLLCALL_LOG']),
  };
}

/** Whether an address means all of the machine's. */
export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** The devices' server name: the same wherever the server's address moves to. */
export const DEVICE_SERVER_NAME = 'rollcall.internal';

function multicastFrom(options: ServerOptions): MulticastConfig {
  const isSourceSpecific = options.isSourceSpecific ?? false;
  const group = options.group;
  if (group !== undefined && isIP(group.address) === 0) throw new ConfigError(`--group ${group.address} is no address`);
  const isGroup = group !== undefined && isMulticastAddress(group.address);
  const multicastAddress = isGroup ? group.address : isSourceSpecific ? '232.255.77.1' : '239.255.77.1';
  if (isGroup && isSourceSpecific && !isSourceSpecificAddress(multicastAddress)) {
    throw new ConfigError(`--source-specific needs a group in 232.0.0.0/8 or ff3x::/32, not ${multicastAddress}`);
  }
  if (group !== undefined && !isGroup && options.mode !== 'broadcast') {
    throw new ConfigError(`--group ${group.address} is no multicast address (224.0.0.0/4 or ff00::/8)`);
  }
  const interfaces = options.interfaces ?? [];
  if (isSourceSpecific && interfaces.length > 1) {
    throw new ConfigError('--source-specific has one source: name one --interface, or leave --source-specific away');
  }
  for (const name of interfaces) requireInterface(name, isIPv4(multicastAddress) ? 'IPv4' : 'IPv6');
  return {
    mode: options.mode ?? 'multicast',
    interfaces,
    multicastAddress,
    broadcastAddress: group !== undefined && !isGroup ? group.address : undefined,
    basePort: group?.port ?? DEFAULT_SESSION_PORT,
    isSourceSpecific,
    ttl: count('--ttl', options.ttl ?? 1, 0, 255),
    bytesPerSecond: count('--rate', options.rateBitsPerSecond ?? 100e6, 8_000, 1e12) / 8,
    rateControl: options.rateControl ?? 'fixed',
  };
}

function consoleUrlFrom(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // Cookies and paths begin at the root of a host.
  if (url?.protocol !== 'https:' || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new ConfigError(`--console-url ${text} must be of the form https://HOST or https://HOST:PORT`);
  }
  return url.origin;
}

/** Found out now, not when the first task is sent. */
function requireInterface(name: string, family: 'IPv4' | 'IPv6'): void {
  try {
    resolveInterface(name, family);
  } catch (error) {
    throw new ConfigError(`--interface ${name}: ${(error as Error).message}`, { cause: error });
  }
}

async function readOwnTls(options: ServerOptions): Promise<ServerConfig['ownTls']> {
  const { tlsCertificateFile, tlsKeyFile } = options;
  if (tlsCertificateFile === undefined && tlsKeyFile === undefined) return undefined;
  if (tlsCertificateFile === undefined || tlsKeyFile === undefined) {
    throw new ConfigError('--tls-cert and --tls-key go together');
  }
  const cert = await readOption('--tls-cert', tlsCertificateFile);
  const key = await readOption('--tls-key', tlsKeyFile);
  let isPair: boolean;
  try {
    isPair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    const files = `--tls-cert ${tlsCertificateFile} and --tls-key ${tlsKeyFile}`;
    throw new ConfigError(`${files} must be a certificate and its key in PEM`, { cause: error });
  }
  if (!isPair) throw new ConfigError(`--tls-key ${tlsKeyFile} is not the key of --tls-cert ${tlsCertificateFile}`);
  return { cert, key };
}

async function readOption(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadableFile(flag, file, error);
  }
}

function certificateNames(
  names: readonly string[],
  listen: Endpoint,
  deviceListen: Endpoint | undefined,
  addresses: readonly string[],
): readonly string[] {
  const listened = [listen.address, deviceListen?.address ?? listen.address].filter((address) => !isWildcard(address));
  const host = HOST_NAME.test(hostname()) ? [hostname()] : [];
  return [...new Set([DEVICE_SERVER_NAME, 'localhost', ...names, ...host, ...listened, ...addresses])].filter(
    (name) => !name.includes('%'),
  );
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}

function firstOutside(addresses: readonly string[]): string {
  return addresses.find((address) => isIPv4(address) && !address.startsWith('127.')) ?? '127.0.0.1';
}

function isMulticastAddress(address: string): boolean {
  if (!isIPv4(address)) return /^ff/i.test(address);
  const first = Number(address.split('.')[0]);
  return first >= 224 && first <= 239;
}

function isSourceSpecificAddress(address: string): boolean {
  return isIPv4(address) ? address.startsWith('232.') : /^ff3/i.test(address);
}

function count(flag: string, value: number, min: number, max: number): number {
  if (!Number.isFinite(value) || value < min || value > max) {
    throw new ConfigError(`${flag} must be between ${min} and ${max}`);
  }
  return value;
}

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62}))*$/;
const DEFAULT_PORT = 7443;
/** The port that NORM's own examples use. */
const DEFAULT_SESSION_PORT = 6003;
