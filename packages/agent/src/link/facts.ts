import { readFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import type { Facts } from '@rollcall/api';
import { freeSpace } from '../storage/free-space.ts';
import { platformName } from './platform.ts';
import manifest from '../../package.json' with { type: 'json' };

/** A fact is a field of a table: no longer than that. */
const FACT_LENGTH_MAX = 256;

/** As many as the table takes; a machine with more is a hypervisor. */
const MACS_MAX = 64;

/** What this device says of itself; selectors can use it. */
export async function collectFacts(dataDirectory: string): Promise<Facts> {
  return {
    os: process.platform,
    arch: process.arch,
    platform: platformName(),
    distribution: fact(distributionOf(await readFile('/etc/os-release', 'utf8').catch(() => ''))),
    agentVersion: manifest.version,
    hostname: fact(hostname()),
    timeZone: fact(Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC'),
    macs: macs(),
    freeBytes: await freeSpace(dataDirectory).catch(() => 0),
  };
}

/** `debian 13`, from the ID and VERSION_ID of os-release(5). */
export function distributionOf(osRelease: string): string {
  const field = (name: string): string => {
    const value = new RegExp(`^${name}=(.*)$`, 'm').exec(osRelease)?.[1] ?? '';
    return value.trim().replace(/^(["'])(.*)\1$/, '$2');
  };
  return `${field('ID')} ${field('VERSION_ID')}`.trim();
}

function macs(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const known = all.filter(({ internal, mac }) => !internal && mac !== '00:00:00:00:00:00').map(({ mac }) => mac);
  return [...new Set(known)].sort().slice(0, MACS_MAX);
}

function fact(text: string): string {
  return text.slice(0, FACT_LENGTH_MAX);
}
