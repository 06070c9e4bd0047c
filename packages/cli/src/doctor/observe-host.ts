/** Looks at the machine: what the system says of its limits, disks and routes. Judges nothing. */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { grantedReceiveBuffer } from '@rollcall/transport/probe';
import type { Buffers, Disk } from './judge-host.ts';

export async function observeBuffers(): Promise<Buffers> {
  return {
    rmemMaxBytes: readNumber('/proc/sys/net/core/rmem_max'),
    wmemMaxBytes: readNumber('/proc/sys/net/core/wmem_max'),
    grantedBytes: await grantedReceiveBuffer(),
  };
}

export async function observeDisk(path: string): Promise<Disk> {
  const { bavail, bsize, blocks } = await statfs(path);
  return { path, freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
}

/** Name of the interface by which the system itself would send to the address; undefined: it has no route. */
export async function systemRouteTo(address: string): Promise<string | undefined> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    // Connecting a UDP socket asks the kernel for the route and sends nothing.
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(9, address, resolve);
    });
    return interfaceOf(socket.address().address);
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

function interfaceOf(address: string): string | undefined {
  const entries = Object.entries(networkInterfaces());
  return entries.find(([, list]) => list?.some((each) => each.address === address))?.[0];
}

function readNumber(path: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}
