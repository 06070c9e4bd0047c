import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { webhookMessageView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';
import { findWebhook } from './find-webhook.ts';

export function redeliverWebhookMessage({
  store,
  webhooks,
  now,
}: Pick<ServerContext, 'store' | 'webhooks' | 'now'>): OperatorHandler<typeof operations.redeliverWebhookMessage> {
  return async ({ params }) => {
    const message = await store.transact(async (transactor) => {
      const webhook = await findWebhook(transactor, params.id);
      const before = await transactor.webhookMessage(params.message);
      if (before?.webhookId !== webhook.id) throw new Problem('not_found', `it has no message ${params.message}`);
      if (!webhook.enabled) throw new Problem('conflict', 'the webhook is paused: let it go on, then send it again');
      const change = { state: 'waiting', attemptCount: 0, nextAttemptAt: now() } as const;
      await transactor.updateWebhookMessage(before.id, change);
      transactor.touched.note('webhook', webhook.id, webhook.url);
      return { ...before, ...change };
    });
    webhooks.onChanged(params.id);
    return webhookMessageView(message);
  };
}
