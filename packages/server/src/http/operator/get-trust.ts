import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { OpenHandler } from '../handler.ts';

export function getTrust({
  doorCertificates,
}: Pick<ServerContext, 'doorCertificates'>): OpenHandler<typeof operations.getTrust> {
  return async () => doorCertificates.trust;
}
