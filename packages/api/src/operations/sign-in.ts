import type { Operation } from './operation.ts';
import { SignedIn, SignInRequest } from '../schemas/sign-in.ts';
export const signIn = {
  id: 'signIn',
  summary: 'Sign a browser in, by a one-time link or an operator token; the answer sets the cookie',
  method: 'POST',
  path: '/v1/sign-ins',
  door: 'open',
  // The entry names the operator, whom only the handler finds out: it writes the entry itself.
  audited: false,
  body: SignInRequest,
  answer: SignedIn,
  status: 201,
  errors: ['unauthenticated', 'link_void', 'cross_site'],
} as const satisfies Operation;
