import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
export const removeDevice = {
  id: 'removeDevice',
  summary: 'Remove a device: its certificate is void at once, its open deliveries end as removed',
  method: 'DELETE',
  path: '/v1/devices/:id',
  door: 'operator',
  role: 'operator',
  tagged: 'device',
  audited: [],
  subject: 'device',
  params: Type.Object({ id: Id }),
  status: 204,
  errors: ['not_found'],
} as const satisfies Operation;
