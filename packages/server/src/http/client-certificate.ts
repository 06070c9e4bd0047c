/**
 * Who is at the other end of a connection to the devices' door.
 *
 * TLS itself turns nobody away there: to renew, a device must get through with a certificate that has expired, and what
 * OpenSSL calls "expired" may be wrong in other ways as well. So everything is checked here, on each connection, before
 * a byte of a request is read: the authority's signature, and what the certificate is for. The handshake has proved
 * the key. Whether it is in time is judged at each request, by the server's clock.
 */
import { X509Certificate } from 'node:crypto';
import type { Server as HttpsServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import { normalSerial } from '../certificates/certificate-authority.ts';
import { Problem } from '../core/problem.ts';

export interface ClientCertificate {
  readonly serial: string;
  readonly commonName: string;
}

/** @param onDevice told of each connection whose certificate is the authority's. */
export function admitDevices(
  server: HttpsServer,
  authorityPem: string,
  onDevice: (certificate: ClientCertificate, socket: TLSSocket) => void,
): void {
  const authority = new X509Certificate(authorityPem);
  server.on('secureConnection', (socket) => {
    const certificate = parse(socket.getPeerX509Certificate(), authority);
    if (certificate === undefined) return void socket.destroy();
    certificates.set(socket, certificate);
    onDevice(certificate, socket);
  });
}

export function certificateOf(request: FastifyRequest): ClientCertificate {
  const certificate = certificates.get(request.raw.socket as TLSSocket);
  if (certificate === undefined) throw new Problem('unauthenticated', "this door wants a device's certificate");
  return certificate;
}

function parse(shown: X509Certificate | undefined, authority: X509Certificate): ClientCertificate | undefined {
  if (shown === undefined || !shown.checkIssued(authority) || !shown.verify(authority.publicKey)) return undefined;
  // A door's own certificate is the authority's as well, and no device's.
  if (shown.ca || !(shown.keyUsage ?? []).includes(CLIENT_AUTHENTICATION)) return undefined;
  const commonName = /^CN=(.+)$/m.exec(shown.subject)?.[1];
  return commonName === undefined ? undefined : { serial: normalSerial(shown.serialNumber), commonName };
}

/** The purpose of RFC 5280 §4.2.1.12: id-kp-clientAuth. */
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';

const certificates = new WeakMap<TLSSocket, ClientCertificate>();
