import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { OperatorHandler } from '../handler.ts';
import { findWebhook } from './find-webhook.ts';

export function deleteWebhook({
  store,
  webhooks,
}: Pick<ServerContext, 'store' | 'webhooks'>): OperatorHandler<typeof operations.deleteWebhook> {
  return async ({ params: { id } }) => {
    await store.transact(async (transactor) => {
      await findWebhook(transactor, id);
      await transactor.deleteWebhook(id);
    });
    await webhooks.onDeleted(id);
  };
}
