import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
import { Webhook } from '../schemas/webhook.ts';
export const getWebhook = {
  id: 'getWebhook',
  summary: 'One webhook, without its secret',
  method: 'GET',
  path: '/v1/webhooks/:id',
  door: 'operator',
  role: 'admin',
  tagged: 'webhook',
  params: Type.Object({ id: Id }),
  answer: Webhook,
  errors: ['not_found'],
} as const satisfies Operation;
