import type { Operation } from './operation.ts';
export const signOut = {
  id: 'signOut',
  summary: 'Sign this browser out; its cookie is void at once',
  method: 'DELETE',
  path: '/v1/sign-ins/self',
  door: 'operator',
  role: 'viewer',
  audited: [],
  status: 204,
  errors: ['conflict'],
} as const satisfies Operation;
