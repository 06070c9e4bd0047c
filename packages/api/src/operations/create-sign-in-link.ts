import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Name } from '../schemas/scalars.ts';
import { SignInLink } from '../schemas/sign-in.ts';
export const createSignInLink = {
  id: 'createSignInLink',
  summary:
    'A link that signs one browser in, once and soon; an admin makes them for any operator. Wants a token, not a cookie',
  method: 'POST',
  path: '/v1/sign-in-links',
  door: 'operator',
  role: 'viewer',
  audited: ['operator'],
  body: Type.Object({ operator: Type.Optional(Name) }),
  answer: SignInLink,
  status: 201,
  errors: ['not_found'],
} as const satisfies Operation;
