import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { newWebhookSecret } from '../../webhooks/sign-message.ts';
import type { OperatorHandler } from '../handler.ts';
import { findWebhook, showWebhook } from './find-webhook.ts';

export function rotateWebhookSecret({
  store,
  now,
}: Pick<ServerContext, 'store' | 'now'>): OperatorHandler<typeof operations.rotateWebhookSecret> {
  return async ({ params: { id }, body }) => {
    const { oldSecretSeconds = limits.WEBHOOK_OLD_SECRET_SECONDS_DEFAULT } = body;
    const secret = newWebhookSecret();
    const webhook = await store.transact(async (transactor) => {
      const found = await findWebhook(transactor, id);
      const before = await transactor.webhookSecrets(id);
      const isKept = oldSecretSeconds > 0 && before !== undefined;
      await transactor.updateWebhookSecrets(id, {
        secret,
        oldSecret: isKept ? before.secret : null,
        oldSecretUntil: isKept ? now() + oldSecretSeconds * 1000 : null,
      });
      return showWebhook(transactor, found, now());
    });
    return { webhook, secret };
  };
}
