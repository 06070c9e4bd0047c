import type { Operation } from './operation.ts';
import { CheckInAnswer, CheckInRequest } from '../schemas/device-channel.ts';
export const checkIn = {
  id: 'checkIn',
  summary: 'Say hello: protocol, facts, process instance',
  method: 'POST',
  path: '/v1/device/check-in',
  door: 'device',
  body: CheckInRequest,
  answer: CheckInAnswer,
  errors: ['device_removed', 'already_connected', 'protocol_unsupported'],
} as const satisfies Operation;
