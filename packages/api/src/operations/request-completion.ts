import type { Operation } from './operation.ts';
import { CompletionAnswer, CompletionRequest } from '../schemas/completion.ts';
export const requestCompletion = {
  id: 'requestCompletion',
  summary: 'The completion request: what is open for this device, and what to do about each',
  method: 'POST',
  path: '/v1/device/completion',
  door: 'device',
  body: CompletionRequest,
  answer: CompletionAnswer,
  errors: ['device_removed'],
} as const satisfies Operation;
