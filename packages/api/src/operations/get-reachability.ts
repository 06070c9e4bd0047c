import type { Operation } from './operation.ts';
import { GetReachabilityAnswer } from '../schemas/probe.ts';
export const getReachability = {
  id: 'getReachability',
  summary: 'How the server sends, and the last probe of each site and of each device',
  method: 'GET',
  path: '/v1/reachability',
  door: 'operator',
  role: 'viewer',
  answer: GetReachabilityAnswer,
} as const satisfies Operation;
