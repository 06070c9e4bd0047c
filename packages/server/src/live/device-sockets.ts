/** Which connections are whose on the devices' door: a device that is removed loses all of them at once. */
import type { TLSSocket } from 'node:tls';

export class DeviceSockets {
  readonly #sockets = new Map<string, Set<TLSSocket>>();

  add(deviceId: string, socket: TLSSocket): void {
    const known = this.#sockets.get(deviceId) ?? new Set();
    this.#sockets.set(deviceId, known.add(socket));
    socket.once('close', () => {
      known.delete(socket);
      if (known.size === 0 && this.#sockets.get(deviceId) === known) this.#sockets.delete(deviceId);
    });
  }

  destroy(deviceId: string): void {
    for (const socket of this.#sockets.get(deviceId) ?? []) socket.destroy();
  }
}
