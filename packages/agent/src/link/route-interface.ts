import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';

/**
 * The address of the interface by which this machine reaches the server: the multicast domain that they share, most
 * likely. Connecting a UDP socket asks the kernel for the route and sends nothing. Undefined: no route, or the server
 * is on this very machine and its multicast may be on any interface.
 */
export async function interfaceTowards(url: string): Promise<string | undefined> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  try {
    const { address, family } = await lookup(host);
    const local = await localAddressTowards(address, family === 6 ? 'udp6' : 'udp4');
    return isLoopback(local) ? undefined : local;
  } catch {
    return undefined;
  }
}

async function localAddressTowards(address: string, type: 'udp4' | 'udp6'): Promise<string> {
  const socket = createSocket(type);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      // Any port: only the route counts.
      socket.connect(9, address, resolve);
    });
    return socket.address().address;
  } finally {
    socket.close();
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}
