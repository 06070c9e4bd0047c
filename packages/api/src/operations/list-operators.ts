import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Operator } from '../schemas/credentials.ts';
import { Next, pageQuery } from '../schemas/page.ts';
export const listOperators = {
  id: 'listOperators',
  summary: 'Operators, by name',
  method: 'GET',
  path: '/v1/operators',
  door: 'operator',
  role: 'admin',
  query: Type.Object(pageQuery),
  answer: Type.Object({ operators: Type.Array(Operator), next: Next }),
  page: 'operators',
  errors: ['invalid_cursor'],
} as const satisfies Operation;
