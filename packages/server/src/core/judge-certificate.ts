/** What a device's certificate is good for, now. The TLS handshake has shown that the device has its key. */
import type { ProblemCode } from '@rollcall/api';
import { RENEWABLE_AFTER_EXPIRY_MS } from '../limits.ts';
import type { CertificateRecord, DeviceRecord } from './records.ts';

export interface Refusal {
  readonly code: Extract<ProblemCode, 'device_removed' | 'device_pending' | 'certificate_expired' | 'certificate_void'>;
  readonly detail: string;
}

/** Undefined: it may do this. @param device undefined: it was removed */
export function judgeCertificate(
  certificate: CertificateRecord,
  device: DeviceRecord | undefined,
  isRenewal: boolean,
  now: number,
): Refusal | undefined {
  if (certificate.revokedAt !== null || device === undefined) {
    const detail = 'this device was removed, rejected or replaced; to come back it joins with a new token';
    return { code: 'device_removed', detail };
  }
  const comeBack = `join again with a token of "rollcall token create --replace ${device.name}"`;
  if (certificate.supersededAt !== null) {
    const detail = `a newer certificate of this device is in use, so this is a copy of its data directory of before: ${comeBack}`;
    return { code: 'certificate_void', detail };
  }
  if (device.isPending) {
    const detail = `${device.name} has joined and waits for approval: rollcall device approve ${device.name}`;
    return { code: 'device_pending', detail };
  }
  if (certificate.expiresAt > now) return undefined;
  const expired = `this certificate expired at ${new Date(certificate.expiresAt).toISOString()}`;
  if (certificate.expiresAt + RENEWABLE_AFTER_EXPIRY_MS <= now) {
    return { code: 'certificate_void', detail: `${expired}, more than two years ago: ${comeBack}` };
  }
  return isRenewal ? undefined : { code: 'certificate_expired', detail: `${expired}: renew it` };
}
