import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
export const deleteWebhook = {
  id: 'deleteWebhook',
  summary: 'Delete a webhook with its messages, also those that wait',
  method: 'DELETE',
  path: '/v1/webhooks/:id',
  door: 'operator',
  role: 'admin',
  tagged: 'webhook',
  audited: [],
  params: Type.Object({ id: Id }),
  status: 204,
  errors: ['not_found'],
} as const satisfies Operation;
