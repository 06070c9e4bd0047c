/** Looks whether the two TLS ports answer, and whose certificate they show. */
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { trustText } from '@rollcall/api';
import { connectPinned, PinError, pinOf } from '@rollcall/transport/tls';
import type { Port } from './judge-trust.ts';

/** @param authority PEM of the pinned authority */
export async function observeOperatorPort(url: string, authority: string): Promise<Port> {
  try {
    await (await connectPinned(url, pinOf(authority), trustText)).close();
    return { url, failure: undefined };
  } catch (error) {
    return { url, failure: failureOf(error) };
  }
}

export interface DevicePort extends Port {
  /** Dates of the certificate that it shows. */
  readonly certificate: { readonly notBefore: number; readonly notAfter: number } | undefined;
}

/** As far as who has no client certificate comes: to the server's own. */
export function observeDevicePort(url: string, authority: string): Promise<DevicePort> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(port),
      ca: authority,
      minVersion: 'TLSv1.3',
      // The authority counts, not the name by which this machine reaches the server.
      checkServerIdentity: () => undefined,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const end = (result: DevicePort): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(PORT_TIMEOUT_MS, () =>
      end({ url, certificate: undefined, failure: { code: 'ETIMEDOUT', message: 'no answer in time' } }),
    );
    socket.once('secureConnect', () => {
      const { raw } = socket.getPeerCertificate();
      const { validFromDate, validToDate } = new X509Certificate(raw);
      const certificate = { notBefore: validFromDate.getTime(), notAfter: validToDate.getTime() };
      end({ url, certificate, failure: undefined });
    });
    socket.once('error', (error) => end({ url, certificate: undefined, failure: failureOf(error) }));
  });
}

export function failureOf(error: unknown): NonNullable<Port['failure']> {
  if (error instanceof PinError) {
    const cause = error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : error.code;
    return { code: cause, message: error.message };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof Error && 'code' in error ? String(error.code) : 'failed', message };
}

const PORT_TIMEOUT_MS = 8_000;
