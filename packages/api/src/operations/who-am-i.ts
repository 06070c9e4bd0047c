import type { Operation } from './operation.ts';
import { Operator } from '../schemas/credentials.ts';
export const whoAmI = {
  id: 'whoAmI',
  summary: 'The operator that the token belongs to',
  method: 'GET',
  path: '/v1/operators/self',
  door: 'operator',
  role: 'viewer',
  answer: Operator,
} as const satisfies Operation;
