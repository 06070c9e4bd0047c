import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Next, pageQuery } from '../schemas/page.ts';
import { Webhook } from '../schemas/webhook.ts';
export const listWebhooks = {
  id: 'listWebhooks',
  summary: 'Webhooks, without their secrets, the oldest first',
  method: 'GET',
  path: '/v1/webhooks',
  door: 'operator',
  role: 'admin',
  query: Type.Object(pageQuery),
  answer: Type.Object({ webhooks: Type.Array(Webhook), next: Next }),
  page: 'webhooks',
  errors: ['invalid_cursor'],
} as const satisfies Operation;
