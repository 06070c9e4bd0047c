/**
 * Bounds a door's connections: of each source those of whom nobody knows who it is, of each device's certificate its
 * own. So no stranger keeps the others out, and neither do a thousand devices that come through one address.
 */
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { Places } from '../core/places.ts';
import { sourceOf } from './source-of.ts';
import type { ClientCertificate } from './client-certificate.ts';
import {
  CONNECTIONS_MAX,
  CONNECTIONS_PER_CERTIFICATE_MAX,
  CONNECTIONS_PER_DEVICE_MAX,
  CONNECTIONS_PER_SOURCE_MAX,
} from '../limits.ts';

const BOUNDS = {
  perSource: CONNECTIONS_PER_SOURCE_MAX,
  perCertificate: CONNECTIONS_PER_CERTIFICATE_MAX,
  perDevice: CONNECTIONS_PER_DEVICE_MAX,
};

export class ConnectionGuard {
  readonly #certificates: Places;
  readonly #devices: Places;
  /** By the client's address and port, under which the raw socket and the TLS socket over it are known both. */
  readonly #giveBack = new Map<string, () => void>();

  constructor(server: Server, bounds: typeof BOUNDS = BOUNDS) {
    const sources = new Places(bounds.perSource);
    this.#certificates = new Places(bounds.perCertificate);
    this.#devices = new Places(bounds.perDevice);
    // Node turns away what is beyond.
    server.maxConnections = CONNECTIONS_MAX;
    server.on('connection', (socket: Socket) => {
      const source = sourceOf(socket.remoteAddress ?? '');
      if (!sources.take(source)) {
        socket.destroy();
        return;
      }
      const peer = peerOf(socket);
      this.#giveBack.set(peer, () => sources.giveBack(source));
      socket.once('close', () => {
        this.#giveBack.get(peer)?.();
        this.#giveBack.delete(peer);
      });
    });
  }

  /**
   * From now on the connection is one of its certificate's, and none of its source's any more. False: that has as many as
   * it may have; this one is ended. Each certificate has its own, so that a void one takes no place of its successor; and a
   * device that makes itself many of them gets not much more by it.
   */
  admit(socket: Socket, { serial, commonName }: ClientCertificate): boolean {
    const peer = peerOf(socket);
    const giveBackSource = this.#giveBack.get(peer);
    if (giveBackSource === undefined || !this.#take(serial, commonName)) {
      socket.destroy();
      return false;
    }
    giveBackSource();
    this.#giveBack.set(peer, () => {
      this.#certificates.giveBack(serial);
      this.#devices.giveBack(commonName);
    });
    return true;
  }

  #take(serial: string, commonName: string): boolean {
    if (!this.#certificates.take(serial)) return false;
    if (this.#devices.take(commonName)) return true;
    this.#certificates.giveBack(serial);
    return false;
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
