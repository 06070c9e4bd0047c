import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
export const endSignIn = {
  id: 'endSignIn',
  summary: "End a sign-in of one's own; an admin ends anybody's",
  method: 'DELETE',
  path: '/v1/sign-ins/:signIn',
  door: 'operator',
  role: 'viewer',
  audited: [],
  params: Type.Object({ signIn: Id }),
  status: 204,
  errors: ['not_found'],
} as const satisfies Operation;
