import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
export const revokeJoinToken = {
  id: 'revokeJoinToken',
  summary: 'Revoke a join token; devices that joined with it stay',
  method: 'DELETE',
  path: '/v1/join-tokens/:id',
  door: 'operator',
  role: 'operator',
  audited: [],
  subject: 'join-token',
  params: Type.Object({ id: Id }),
  status: 204,
  errors: ['not_found'],
} as const satisfies Operation;
