import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { webhookMessageView } from '../../core/views.ts';
import { cutPage, placeOf } from '../cursor.ts';
import type { OperatorHandler } from '../handler.ts';
import { findWebhook } from './find-webhook.ts';

export function listWebhookMessages({
  store: { reader },
}: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.listWebhookMessages> {
  return async ({ params, query: { cursor, limit = limits.PAGE_LENGTH_DEFAULT, state } }) => {
    await findWebhook(reader, params.id);
    const page = { behind: placeOf(cursor, SORT), limit: limit + 1, ...(state === undefined ? {} : { state }) };
    const found = await reader.webhookMessages(params.id, page);
    const { items, next } = cutPage(found, limit, SORT, ({ id }) => ({ value: id, id }));
    return { messages: items.map(webhookMessageView), next };
  };
}

const SORT = '-id';
