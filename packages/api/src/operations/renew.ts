import type { Operation } from './operation.ts';
import { RenewAnswer, RenewRequest } from '../schemas/device-channel.ts';
export const renew = {
  id: 'renew',
  summary: 'A new certificate for a new key; also, and alone, for a certificate that expired less than two years ago',
  method: 'POST',
  path: '/v1/device/renew',
  door: 'device',
  audited: [],
  body: RenewRequest,
  answer: RenewAnswer,
  status: 201,
  errors: ['device_removed'],
} as const satisfies Operation;
