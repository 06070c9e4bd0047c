import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { anyOf, Next, pageQuery } from '../schemas/page.ts';
import { Id } from '../schemas/scalars.ts';
import { WEBHOOK_MESSAGE_STATES, WebhookMessage } from '../schemas/webhook.ts';
export const listWebhookMessages = {
  id: 'listWebhookMessages',
  summary: 'What a webhook was told and is still to be told, the newest first, with how the last attempt went',
  method: 'GET',
  path: '/v1/webhooks/:id/messages',
  door: 'operator',
  role: 'admin',
  params: Type.Object({ id: Id }),
  query: Type.Object({ ...pageQuery, state: Type.Optional(anyOf(WEBHOOK_MESSAGE_STATES)) }),
  answer: Type.Object({ messages: Type.Array(WebhookMessage), next: Next }),
  page: 'messages',
  errors: ['not_found', 'invalid_cursor'],
} as const satisfies Operation;
