import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Next, pageQuery } from '../schemas/page.ts';
import { Name } from '../schemas/scalars.ts';
import { SignIn } from '../schemas/sign-in.ts';
export const listSignIns = {
  id: 'listSignIns',
  summary: "Browsers that are signed in, the newest first: one's own, for an admin everybody's",
  method: 'GET',
  path: '/v1/sign-ins',
  door: 'operator',
  role: 'viewer',
  query: Type.Object({ ...pageQuery, operator: Type.Optional(Name) }),
  answer: Type.Object({ signIns: Type.Array(SignIn), next: Next }),
  page: 'signIns',
  errors: ['invalid_cursor'],
} as const satisfies Operation;
