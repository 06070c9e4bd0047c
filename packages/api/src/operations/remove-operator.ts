import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Name } from '../schemas/scalars.ts';
export const removeOperator = {
  id: 'removeOperator',
  summary: 'Remove an operator; the token is void at once',
  method: 'DELETE',
  path: '/v1/operators/:name',
  door: 'operator',
  role: 'admin',
  audited: [],
  params: Type.Object({ name: Name }),
  status: 204,
  errors: ['not_found', 'conflict'],
} as const satisfies Operation;
