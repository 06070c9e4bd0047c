import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { RECEIVE_BUFFER_BYTES } from '../limits.ts';

/** Bytes that a socket gets which asks for a session's receive buffer, without the privilege to take it by force. */
export async function grantedReceiveBuffer(): Promise<number | undefined> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
  try {
    socket.bind({ port: 0, address: '127.0.0.1' });
    await once(socket, 'listening');
    // Linux counts twice what was asked, for its own bookkeeping.
    return socket.getRecvBufferSize() / (process.platform === 'linux' ? 2 : 1);
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}
