import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Operator, ROLES } from '../schemas/credentials.ts';
import { Name, oneOf } from '../schemas/scalars.ts';
export const createOperator = {
  id: 'createOperator',
  summary: 'Create an operator; the token is shown this once',
  method: 'POST',
  path: '/v1/operators',
  door: 'operator',
  role: 'admin',
  audited: ['name', 'role'],
  body: Type.Object({ name: Name, role: oneOf(ROLES) }),
  answer: Type.Object({ operator: Operator, token: Type.String(), url: Type.String() }),
  status: 201,
  errors: ['name_taken'],
} as const satisfies Operation;
