import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { CreateJoinTokenRequest, JoinToken } from '../schemas/credentials.ts';
export const createJoinToken = {
  id: 'createJoinToken',
  summary: 'Create a join token; the secret is shown this once, within the join command',
  method: 'POST',
  path: '/v1/join-tokens',
  door: 'operator',
  role: 'operator',
  audited: ['ttlSeconds', 'uses', 'labels', 'replaces', 'needsApproval'],
  body: CreateJoinTokenRequest,
  answer: Type.Object({ ...JoinToken.properties, token: Type.String(), url: Type.String(), command: Type.String() }),
  status: 201,
  errors: ['not_found'],
} as const satisfies Operation;
