/** Findings about the machine itself. Pure: what was observed goes in. */
import { formatBytes } from '@rollcall/client/format';
import { RECEIVE_BUFFER_BYTES, SEND_BUFFER_BYTES } from '@rollcall/transport';
import type { Finding } from './finding.ts';

export interface Buffers {
  /** Of /proc/sys/net/core; undefined: the system has no such limit, or does not tell. */
  readonly rmemMaxBytes: number | undefined;
  readonly wmemMaxBytes: number | undefined;
  /** What a socket got that asked for a session's. */
  readonly grantedBytes: number | undefined;
}

export interface Disk {
  readonly path: string;
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

export interface Mtu {
  readonly interfaceName: string;
  readonly mtuBytes: number | undefined;
  /** UDP payload of the longest datagram that sessions use. */
  readonly datagramBytes: number;
  readonly isIpv6: boolean;
}

export function judgeBuffers(subject: string, { rmemMaxBytes, wmemMaxBytes, grantedBytes }: Buffers): Finding[] {
  const found = { check: 'buffers', subjects: [subject] } as const;
  const findings: Finding[] = [];
  const isSmall = rmemMaxBytes !== undefined && rmemMaxBytes < RECEIVE_BUFFER_BYTES;
  const isGrantedSmall = grantedBytes !== undefined && grantedBytes < RECEIVE_BUFFER_BYTES;
  if (isSmall || isGrantedSmall) {
    const limit = isSmall
      ? `net.core.rmem_max is ${formatBytes(rmemMaxBytes)}`
      : 'the system gives less than is asked for';
    const got = grantedBytes === undefined ? '' : `, a socket got ${formatBytes(grantedBytes)}`;
    findings.push({
      ...found,
      severity: 'warning',
      seen: `the receive buffer is small: ${limit}${got}; sessions want ${formatBytes(RECEIVE_BUFFER_BYTES)}, and lose bursts without`,
      advice: sysctlAdvice('rmem_max', RECEIVE_BUFFER_BYTES),
    });
  }
  if (wmemMaxBytes !== undefined && wmemMaxBytes < SEND_BUFFER_BYTES) {
    findings.push({
      ...found,
      severity: 'note',
      seen: `net.core.wmem_max is ${formatBytes(wmemMaxBytes)}; a sender wants ${formatBytes(SEND_BUFFER_BYTES)}`,
      advice: sysctlAdvice('wmem_max', SEND_BUFFER_BYTES),
    });
  }
  if (findings.length > 0) return findings;
  const seen =
    rmemMaxBytes === undefined && grantedBytes === undefined
      ? 'the system does not tell how large a receive buffer may be'
      : `the receive buffer of ${formatBytes(RECEIVE_BUFFER_BYTES)} is granted`;
  return [{ ...found, severity: 'ok', seen, advice: null }];
}

export function judgeDisk(subject: string, { path, freeBytes, sizeBytes }: Disk): Finding {
  const found = { check: 'disk', subjects: [subject] } as const;
  const free = `${formatBytes(freeBytes)} of ${formatBytes(sizeBytes)} are free where ${path} is`;
  const advice = `make room there, or move the data directory to a larger disk: tasks that do not fit are rejected (no_space)`;
  if (freeBytes < FREE_BYTES_ERROR) return { ...found, severity: 'error', seen: `the disk is full: ${free}`, advice };
  const isShort = freeBytes < FREE_BYTES_WARNING || freeBytes < sizeBytes * FREE_SHARE_WARNING;
  if (isShort) return { ...found, severity: 'warning', seen: `the disk is nearly full: ${free}`, advice };
  return { ...found, severity: 'ok', seen: free, advice: null };
}

/** @param isSender it chooses its datagrams by its own MTU; a receiver must take what comes */
export function judgeMtu(subject: string, mtu: Mtu, isSender: boolean): Finding {
  const { interfaceName, mtuBytes, datagramBytes, isIpv6 } = mtu;
  const found = { check: 'mtu', subjects: [subject] } as const;
  const needed = datagramBytes + (isIpv6 ? 48 : 28);
  if (mtuBytes === undefined) {
    return { ...found, severity: 'note', seen: `the MTU of ${interfaceName} is not known`, advice: null };
  }
  if (mtuBytes < needed) {
    const seen = `${interfaceName} has an MTU of ${mtuBytes}, and sessions send packets of ${needed} bytes: those are dropped`;
    const advice = `set the MTU of ${interfaceName} to ${needed} as on the server, or that of the server's interface to ${mtuBytes}: sessions then use shorter packets`;
    return { ...found, severity: 'error', seen, advice };
  }
  if (isSender && mtuBytes < ETHERNET_MTU_BYTES) {
    const seen = `${interfaceName} has an MTU of ${mtuBytes}: sessions use packets of at most ${needed} bytes`;
    return {
      ...found,
      severity: 'note',
      seen,
      advice: `nothing, if the network takes no larger ones; else set it to ${ETHERNET_MTU_BYTES}`,
    };
  }
  const seen = `${interfaceName} has an MTU of ${mtuBytes}; sessions send packets of ${needed} bytes at most`;
  return { ...found, severity: 'ok', seen, advice: null };
}

export interface Route {
  readonly group: string;
  /** By which Rollcall sends or listens. */
  readonly chosen: string;
  /** By which the system would send to the group; undefined: it has no route, which Rollcall does not need. */
  readonly system: string | undefined;
}

export function judgeRoute(subject: string, { group, chosen, system }: Route): Finding {
  const found = { check: 'route', subjects: [subject], advice: null } as const;
  if (system === chosen) return { ...found, severity: 'ok', seen: `the route to ${group} is by ${chosen} as well` };
  const own =
    system === undefined ? `the system has no route to ${group}` : `the system's route to ${group} is by ${system}`;
  return { ...found, severity: 'note', seen: `${own}; Rollcall uses ${chosen} in spite of it` };
}

function sysctlAdvice(name: string, bytes: number): string {
  return `sysctl -w net.core.${name}=${bytes}, and the same in /etc/sysctl.d/ so that it lasts`;
}

/** Below it nothing can be staged, and journals may fail. */
const FREE_BYTES_ERROR = 16 * 1024 ** 2;
const FREE_BYTES_WARNING = 512 * 1024 ** 2;
const FREE_SHARE_WARNING = 0.05;
const ETHERNET_MTU_BYTES = 1500;
