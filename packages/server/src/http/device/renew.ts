import type { operations } from '@rollcall/api';
import { issueDevice } from '../../certificates/issue-device.ts';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { RENEWED_AGAIN_AFTER_MS } from '../../limits.ts';
import { certificateOf } from '../client-certificate.ts';
import type { DeviceHandler } from '../handler.ts';

export function renew({
  store,
  authority,
  now,
  log,
}: Pick<ServerContext, 'store' | 'authority' | 'now' | 'log'>): DeviceHandler<typeof operations.renew> {
  return async ({ body, request }, device) => {
    const { serial: asking } = certificateOf(request);
    const certificate = await store.transact(async (transactor) => {
      const before = await transactor.certificate(asking);
      // Removed while this waited for its turn.
      if (before === undefined || before.revokedAt !== null) throw new Problem('device_removed', 'it was removed');
      const waitMs = before.issuedAt + RENEWED_AGAIN_AFTER_MS - now();
      if (waitMs > 0) {
        const retryAfterSeconds = Math.ceil(waitMs / 1000);
        throw new Problem('too_many_requests', 'this certificate is new', { retryAfterSeconds });
      }
      const issued = await issueDevice(authority, device.id, body.certificateSigningRequest, now());
      // An earlier answer did not arrive, or the device would ask with what it got.
      await transactor.deleteUnusedCertificates(device.id);
      await transactor.insertCertificate(issued.record);
      return issued;
    });
    log.info({ deviceId: device.id, device: device.name, serial: certificate.record.serial }, 'certificate renewed');
    return { certificate: certificate.pem };
  };
}
