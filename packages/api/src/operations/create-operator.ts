import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { CreateOperatorRequest, Operator } from '../schemas/credentials.ts';
export const createOperator = {
  id: 'createOperator',
  summary: 'Create an operator; the token is shown this once',
  method: 'POST',
  path: '/v1/operators',
  door: 'operator',
  role: 'admin',
  audited: ['name', 'role', 'scope', 'ttlSeconds'],
  body: CreateOperatorRequest,
  answer: Type.Object({ operator: Operator, token: Type.String(), url: Type.String() }),
  status: 201,
  errors: ['name_taken', 'invalid_selector'],
} as const satisfies Operation;
