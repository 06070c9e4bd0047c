import type { Operation } from './operation.ts';
import { JoinAnswer, JoinRequest } from '../schemas/device-channel.ts';
export const join = {
  id: 'join',
  summary: 'Enrol a device: a join token and a certificate signing request for a certificate',
  method: 'POST',
  path: '/v1/join',
  door: 'open',
  audited: ['name', 'labels'],
  body: JoinRequest,
  answer: JoinAnswer,
  status: 201,
  errors: ['token_unknown', 'token_used_up', 'name_taken', 'protocol_unsupported'],
} as const satisfies Operation;
