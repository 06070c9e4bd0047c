import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { WEBHOOKS_MAX } from '../../limits.ts';
import { checkWebhookUrl } from '../../webhooks/check-webhook-url.ts';
import { newWebhookSecret } from '../../webhooks/sign-message.ts';
import type { OperatorHandler } from '../handler.ts';
import { showWebhook } from './find-webhook.ts';

export function createWebhook({
  store,
  webhooks,
  now,
  newId,
}: Pick<ServerContext, 'store' | 'webhooks' | 'now' | 'newId'>): OperatorHandler<typeof operations.createWebhook> {
  return async ({ body: { url, events, description = '' } }, { name }) => {
    checkWebhookUrl(url, webhooks.allowed);
    const secret = newWebhookSecret();
    const shown = await store.transact(async (transactor) => {
      if ((await transactor.webhooks()).length >= WEBHOOKS_MAX) {
        throw new Problem('conflict', `there are ${WEBHOOKS_MAX} webhooks already: delete one that nobody needs`);
      }
      const made = {
        id: newId(),
        url,
        events: [...new Set(events)],
        description,
        createdAt: now(),
        createdBy: name,
        enabled: true,
        disabledReason: null,
        cursor: (await transactor.eventRange()).last,
        failureCount: 0,
        lastSuccessAt: null,
        failingSince: null,
        lastError: null,
      };
      await transactor.insertWebhook(made, { secret, oldSecret: null, oldSecretUntil: null });
      return showWebhook(transactor, made, now());
    });
    webhooks.onCreated(shown.id);
    return { webhook: shown, secret };
  };
}
