import type { Operation } from './operation.ts';
import { Trust } from '../schemas/device-channel.ts';
export const getTrust = {
  id: 'getTrust',
  summary: 'The certificate authority and its word for this door; a client checks both by the pin in its token',
  method: 'GET',
  path: '/v1/trust',
  door: 'open',
  answer: Trust,
} as const satisfies Operation;
