import type { Operation } from './operation.ts';
import { SignInWays } from '../schemas/sign-in.ts';
export const getSignInWays = {
  id: 'getSignInWays',
  summary: 'How one may sign in here, beside links and tokens',
  method: 'GET',
  path: '/v1/sign-in-ways',
  door: 'open',
  answer: SignInWays,
} as const satisfies Operation;
