import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { WebhookDescription, WebhookEvents, WebhookUrl, WebhookWithSecret } from '../schemas/webhook.ts';
export const createWebhook = {
  id: 'createWebhook',
  summary: 'Create a webhook: what happens from now on is sent there. Its secret is shown this once',
  method: 'POST',
  path: '/v1/webhooks',
  door: 'operator',
  role: 'admin',
  audited: ['url', 'events', 'description'],
  body: Type.Object({ url: WebhookUrl, events: WebhookEvents, description: Type.Optional(WebhookDescription) }),
  answer: WebhookWithSecret,
  status: 201,
  errors: ['webhook_refused', 'conflict'],
} as const satisfies Operation;
