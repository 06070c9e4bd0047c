import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
export const rejectDevice = {
  id: 'rejectDevice',
  summary: 'Send a pending device away: its certificate is void at once',
  method: 'POST',
  path: '/v1/devices/:id/reject',
  door: 'operator',
  role: 'operator',
  audited: [],
  subject: 'device',
  params: Type.Object({ id: Id }),
  status: 204,
  errors: ['not_found', 'conflict'],
} as const satisfies Operation;
