import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
export const sessionReady = {
  id: 'sessionReady',
  summary: 'The device listens to the session',
  method: 'POST',
  path: '/v1/device/sessions/:id/ready',
  door: 'device',
  params: Type.Object({ id: Id }),
  status: 204,
  errors: ['device_removed', 'not_found'],
} as const satisfies Operation;
