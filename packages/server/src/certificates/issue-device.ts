import { Problem } from '../core/problem.ts';
import type { CertificateRecord } from '../core/records.ts';
import { CertificateRequestError, type CertificateAuthority } from './certificate-authority.ts';

/** Certifies a device's key, with the row that remembers it; a request that is none is the caller's mistake. */
export async function issueDevice(
  authority: CertificateAuthority,
  deviceId: string,
  requestPem: string,
  now: number,
): Promise<{ readonly pem: string; readonly record: CertificateRecord }> {
  try {
    const { pem, serial, issuedAt, expiresAt } = await authority.issueDevice(deviceId, requestPem, now);
    const record = { serial, deviceId, issuedAt, expiresAt, revokedAt: null, usedAt: null, supersededAt: null };
    return { pem, record };
  } catch (error) {
    if (!(error instanceof CertificateRequestError)) throw error;
    throw new Problem('invalid_request', `certificateSigningRequest: ${error.message}`, { cause: error });
  }
}
