/**
 * Bounds a door's connections: of each source those of whom nobody knows who it is, of each device its own. So no
 * stranger keeps the others out, and neither do a thousand devices that come through one address.
 */
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Places } from '../core/places.ts';
import { sourceOf } from './source-of.ts';
import { CONNECTIONS_MAX, CONNECTIONS_PER_DEVICE_MAX, CONNECTIONS_PER_SOURCE_MAX } from '../limits.ts';

export function guardConnections(server: Server): void {
  const sources = new Places(CONNECTIONS_PER_SOURCE_MAX);
  const devices = new Places(CONNECTIONS_PER_DEVICE_MAX);
  /** By the client's address and port, under which the raw socket and the TLS socket over it are known both. */
  const giveBack = new Map<string, () => void>();
  // Node turns away what is beyond.
  server.maxConnections = CONNECTIONS_MAX;
  server.on('connection', (socket: Socket) => {
    const source = sourceOf(socket.remoteAddress ?? '');
    if (!sources.take(source)) {
      socket.destroy();
      return;
    }
    const peer = peerOf(socket);
    giveBack.set(peer, () => sources.giveBack(source));
    socket.once('close', () => {
      giveBack.get(peer)?.();
      giveBack.delete(peer);
    });
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    const device = socket.authorized ? socket.getPeerX509Certificate()?.fingerprint256 : undefined;
    const peer = peerOf(socket);
    const giveBackSource = giveBack.get(peer);
    if (device === undefined || giveBackSource === undefined) return;
    if (!devices.take(device)) {
      socket.destroy();
      return;
    }
    giveBackSource();
    giveBack.set(peer, () => devices.giveBack(device));
  });
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
