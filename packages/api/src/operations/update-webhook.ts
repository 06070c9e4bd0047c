import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
import { Webhook, WebhookDescription, WebhookEvents, WebhookUrl } from '../schemas/webhook.ts';
export const updateWebhook = {
  id: 'updateWebhook',
  summary: 'Change a webhook, pause it, or let it go on: then what it missed is sent as well',
  method: 'PATCH',
  path: '/v1/webhooks/:id',
  door: 'operator',
  role: 'admin',
  tagged: 'webhook',
  audited: ['url', 'events', 'description', 'enabled'],
  params: Type.Object({ id: Id }),
  body: Type.Object({
    url: Type.Optional(WebhookUrl),
    events: Type.Optional(WebhookEvents),
    description: Type.Optional(WebhookDescription),
    enabled: Type.Optional(Type.Boolean()),
  }),
  answer: Webhook,
  errors: ['not_found', 'webhook_refused'],
} as const satisfies Operation;
