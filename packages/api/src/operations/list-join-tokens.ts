import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { JoinToken } from '../schemas/credentials.ts';
export const listJoinTokens = {
  id: 'listJoinTokens',
  summary: 'All join tokens, without their secrets',
  method: 'GET',
  path: '/v1/join-tokens',
  door: 'operator',
  role: 'operator',
  answer: Type.Object({ tokens: Type.Array(JoinToken) }),
} as const satisfies Operation;
