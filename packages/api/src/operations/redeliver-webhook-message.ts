import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
import { WebhookMessage } from '../schemas/webhook.ts';
export const redeliverWebhookMessage = {
  id: 'redeliverWebhookMessage',
  summary: 'Send a message again, under the same id, as often as if it were new',
  method: 'POST',
  path: '/v1/webhooks/:id/messages/:message/redeliver',
  door: 'operator',
  role: 'admin',
  audited: [],
  params: Type.Object({ id: Id, message: Id }),
  answer: WebhookMessage,
  errors: ['not_found', 'conflict'],
} as const satisfies Operation;
