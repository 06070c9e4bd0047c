/** What `rollcall serve` is told. Everything but the data directory has a default. */
import type { LogLevel, RateControl, TaskMode } from '@rollcall/api';

export interface ServerOptions {
  readonly dataDirectory: string;
  /** The operators' door; devices join here too. Port 0: any free one. Default 0.0.0.0:7443. */
  readonly listen?: Endpoint;
  /** The devices' door. Default: the operators' address, port + 1. */
  readonly deviceListen?: Endpoint;
  /** Names or addresses of the interfaces to multicast on. Default: the one of the default route. */
  readonly interfaces?: readonly string[];
  /** Names under which clients reach the server; the first one is in the URLs that it gives out. */
  readonly names?: readonly string[];
  /** PEM files for the operators' door, instead of a certificate by the own authority. */
  readonly tlsCertificateFile?: string;
  readonly tlsKeyFile?: string;
  /** Where browsers reach the console, when that is a proxy. Default: the operators' door. */
  readonly consoleUrl?: string;
  /** The file that names the identity provider. Default: there is none. */
  readonly oidcFile?: string;
  /** How tasks are sent that do not say it. Default multicast. */
  readonly mode?: TaskMode;
  /** Multicast group, or broadcast address, and the first port of the sessions. */
  readonly group?: Endpoint;
  readonly isSourceSpecific?: boolean;
  readonly ttl?: number;
  /** All sessions together. Default 100 Mbit/s. */
  readonly rateBitsPerSecond?: number;
  /** Whether sessions send at that rate, or slower where a receiver's path takes less. Default fixed. */
  readonly rateControl?: RateControl;
  /** Devices that are completed by unicast at once. Default 8. */
  readonly unicastSlots?: number;
  /** All of them together. Default: no limit. */
  readonly unicastRateBitsPerSecond?: number;
  /** Addresses and networks to which webhooks may go although they are not public, also without TLS. Default: none. */
  readonly webhookAllow?: readonly string[];
  /** Default: what ROLLCALL_LOG says, else `info`. */
  readonly logLevel?: LogLevel;
  /** How long content is kept that no task needs any more. Default 7 days. */
  readonly keepContentMs?: number;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}
