import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { webhookMessageView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';
import { findWebhook } from './find-webhook.ts';

export function testWebhook({
  store,
  webhooks,
}: Pick<ServerContext, 'store' | 'webhooks'>): OperatorHandler<typeof operations.testWebhook> {
  return async ({ params: { id } }) => webhookMessageView(await webhooks.test(await findWebhook(store.reader, id)));
}
