import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { operations } from '@rollcall/api';
import { CONNECTIONS_PER_SOURCE_MAX } from '../../packages/server/src/limits.ts';
import type { Attack } from '../attack.ts';
import { AttackedServer } from '../support/attacked-server.ts';

/** One address takes as many connections as it can get, and another one wants to be served. */
export const attack: Attack = {
  name: 'too many connections from one source',
  async run() {
    await using server = await AttackedServer.start();
    const count = CONNECTIONS_PER_SOURCE_MAX + 200;
    const sockets: Socket[] = [];
    let closed = 0;
    let opened = 0;
    try {
      for (let index = 0; index < count; index += 1) {
        const socket = connect({ host: '127.0.0.1', port: Number(server.url.port), localAddress: '127.0.0.2' });
        socket
          .on('error', () => undefined)
          .on('connect', () => (opened += 1))
          .resume();
        socket.on('close', () => (closed += 1));
        sockets.push(socket);
        // In groups that the system's queue of connections takes.
        while (sockets.length - opened - closed > 100) await new Promise((resolve) => setImmediate(resolve));
      }
      const deadline = performance.now() + 5000;
      while (sockets.filter((socket) => socket.closed).length < 200 && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 20));
      assert.ok(closed >= 200, `${closed} of ${count} connections were refused`);
      assert.ok(closed < count, 'as many as one source may have were taken');
      const refused = server.ask('GET', operations.whoAmI.path, undefined, { localAddress: '127.0.0.2' });
      await assert.rejects(refused, 'the greedy source gets no more');
      assert.equal((await server.ask('GET', operations.whoAmI.path)).status, 200, 'others are served');
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    return { count, stoppedBy: `a bound for each source (${CONNECTIONS_PER_SOURCE_MAX}); another source is served` };
  },
};
