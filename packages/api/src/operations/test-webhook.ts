import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
import { WebhookMessage } from '../schemas/webhook.ts';
export const testWebhook = {
  id: 'testWebhook',
  summary: 'Send one message of the type `webhook.test` now, also where it is paused, and say how that went',
  method: 'POST',
  path: '/v1/webhooks/:id/test',
  door: 'operator',
  role: 'admin',
  audited: [],
  params: Type.Object({ id: Id }),
  answer: WebhookMessage,
  errors: ['not_found', 'unavailable'],
} as const satisfies Operation;
