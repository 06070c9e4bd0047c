import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { OperatorHandler } from '../handler.ts';
import { findWebhook, showWebhook } from './find-webhook.ts';

export function getWebhook({
  store: { reader },
  now,
}: Pick<ServerContext, 'store' | 'now'>): OperatorHandler<typeof operations.getWebhook> {
  return async ({ params: { id } }) => showWebhook(reader, await findWebhook(reader, id), now());
}
