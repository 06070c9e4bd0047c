/**
 * Connects to the devices' door and checks who answers there.
 *
 * TLS's own check judges a certificate's dates by this machine's clock, which may say 1970 or 2100. So the same is checked
 * here against this device's time: the authority's signature, the name, the purpose and the end. The begin is not: a
 * clock that is behind knows nothing about it.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { CONNECT_MILLISECONDS_MAX } from '../limits.ts';

export interface DoorConnectorOptions {
  readonly serverName: string;
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
  readonly certificateAuthority: string;
  /** It is not earlier than this. */
  readonly certainTime: () => number;
}

class UntrustedDoorError extends Error {
  override readonly name = 'UntrustedDoorError';
  /** As of the pinning at the join. */
  readonly code = 'untrusted';
}

export function doorConnector(options: DoorConnectorOptions): buildConnector.connector {
  const { serverName, key, certificate, certificateAuthority } = options;
  const authority = new X509Certificate(certificateAuthority);
  const connect = buildConnector({
    allowH2: false,
    timeout: CONNECT_MILLISECONDS_MAX,
    minVersion: 'TLSv1.3',
    key,
    cert: certificate,
    ca: certificateAuthority,
    // Judged below, before anything is sent. A session that is taken up again shows no certificate, so there are none.
    rejectUnauthorized: false,
    maxCachedSessions: 0,
    // An address is no server name (RFC 6066 §3): the certificate is then checked for the address itself.
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
  });
  return (target, callback) => {
    connect(target, (error, socket) => {
      if (error !== null) return callback(error, null);
      const shown = (socket as TLSSocket).getPeerX509Certificate();
      const reason = refusalOf(shown, authority, serverName, options);
      if (reason === undefined) return callback(null, socket);
      socket.destroy();
      callback(
        new UntrustedDoorError(`who answers at ${target.host ?? target.hostname} is not our server: ${reason}`),
        null,
      );
    });
  };
}

function refusalOf(
  shown: X509Certificate | undefined,
  authority: X509Certificate,
  name: string,
  { certainTime }: DoorConnectorOptions,
): string | undefined {
  if (shown === undefined) return 'it shows no certificate';
  if (!shown.checkIssued(authority) || !shown.verify(authority.publicKey))
    return 'its certificate is of another authority';
  const purposes = shown.keyUsage as readonly string[] | undefined;
  // A device has a certificate of the same authority, and must not pass for the server.
  if (shown.ca || (purposes !== undefined && !purposes.includes(SERVER_AUTHENTICATION))) {
    return 'its certificate is not for a server';
  }
  const isNamed = isIP(name) === 0 ? shown.checkHost(name) : shown.checkIP(name);
  if (isNamed === undefined) return `its certificate is not for ${name}`;
  if (shown.validToDate.getTime() < certainTime()) return `its certificate expired at ${shown.validTo}`;
  return undefined;
}

/** The purpose of RFC 5280 §4.2.1.12: id-kp-serverAuth. */
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
