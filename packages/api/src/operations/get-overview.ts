import type { Operation } from './operation.ts';
import { Overview } from '../schemas/overview.ts';

export const getOverview = {
  id: 'getOverview',
  summary: 'What runs, what needs a person, what multicast has saved, and what happened last',
  method: 'GET',
  path: '/v1/overview',
  door: 'operator',
  role: 'viewer',
  answer: Overview,
} as const satisfies Operation;
