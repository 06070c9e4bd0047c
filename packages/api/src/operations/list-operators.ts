import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Operator } from '../schemas/credentials.ts';
export const listOperators = {
  id: 'listOperators',
  summary: 'All operators',
  method: 'GET',
  path: '/v1/operators',
  door: 'operator',
  role: 'admin',
  answer: Type.Object({ operators: Type.Array(Operator) }),
} as const satisfies Operation;
