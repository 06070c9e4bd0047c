import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { checkWebhookUrl } from '../../webhooks/check-webhook-url.ts';
import type { OperatorHandler } from '../handler.ts';
import { findWebhook, showWebhook } from './find-webhook.ts';

export function updateWebhook({
  store,
  webhooks,
  now,
}: Pick<ServerContext, 'store' | 'webhooks' | 'now'>): OperatorHandler<typeof operations.updateWebhook> {
  return async ({ params: { id }, body: { url, events, description, enabled } }, { name }) => {
    if (url !== undefined) checkWebhookUrl(url, webhooks.allowed);
    const shown = await store.transact(async (transactor) => {
      const before = await findWebhook(transactor, id);
      const isElsewhere = url !== undefined && url !== before.url;
      const change = {
        ...(url === undefined ? {} : { url }),
        ...(events === undefined ? {} : { events: [...new Set(events)] }),
        ...(description === undefined ? {} : { description }),
        // How the address before has failed says nothing of this one.
        ...(isElsewhere && before.enabled ? ANEW : {}),
        ...(enabled === undefined || enabled === before.enabled ? {} : switched(enabled, name)),
      };
      await transactor.updateWebhook(id, change);
      // Whoever lets it go on, or sends it elsewhere, wants to see at once whether it works, with all attempts ahead of it.
      const isFresh = (enabled === true && !before.enabled) || isElsewhere;
      if (isFresh) await transactor.hastenWebhookMessages(id, now(), true);
      return showWebhook(transactor, { ...before, ...change }, now());
    });
    webhooks.onChanged(id);
    return shown;
  };
}

function switched(enabled: boolean, name: string) {
  return enabled
    ? { enabled, disabledReason: null, ...ANEW }
    : { enabled, disabledReason: `paused by ${name}`, failureCount: 0, failingSince: null };
}

const ANEW = { failureCount: 0, failingSince: null, lastError: null };
