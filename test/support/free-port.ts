import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Below the ports that systems give to whoever connects (Linux: from 32768 on): a test that starts a server again on its
 * port would else now and then find it taken by somebody's connection.
 */
const PORT_MIN = 20_000;
const PORT_END = 32_000;

/** Ports that nobody listens on just now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const listening = new Map<number, Server>();
  while (listening.size < count) {
    const port = randomInt(PORT_MIN, PORT_END);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') return false;
        throw error;
      },
    );
    if (isFree) listening.set(port, server);
  }
  for (const server of listening.values()) {
    server.close();
    await once(server, 'close');
  }
  return [...listening.keys()];
}
