import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { JoinToken } from '../schemas/credentials.ts';
import { Next, pageQuery } from '../schemas/page.ts';
export const listJoinTokens = {
  id: 'listJoinTokens',
  summary: 'Join tokens, without their secrets, the newest first',
  method: 'GET',
  path: '/v1/join-tokens',
  door: 'operator',
  role: 'operator',
  query: Type.Object(pageQuery),
  answer: Type.Object({ tokens: Type.Array(JoinToken), next: Next }),
  page: 'tokens',
  errors: ['invalid_cursor'],
} as const satisfies Operation;
