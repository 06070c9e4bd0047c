import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { cutPage, placeOf } from '../cursor.ts';
import type { OperatorHandler } from '../handler.ts';
import { showWebhook } from './find-webhook.ts';

export function listWebhooks({
  store: { reader },
  now,
}: Pick<ServerContext, 'store' | 'now'>): OperatorHandler<typeof operations.listWebhooks> {
  return async ({ query: { cursor, limit = limits.PAGE_LENGTH_DEFAULT } }) => {
    // They are few, in the order of their ids and so of their age.
    const place = placeOf(cursor, SORT);
    const found = (await reader.webhooks()).filter(({ id }) => place === undefined || id > String(place.id));
    const { items, next } = cutPage(found, limit, SORT, ({ id }) => ({ value: id, id }));
    const webhooks = await Promise.all(items.map((webhook) => showWebhook(reader, webhook, now())));
    return { webhooks, next };
  };
}

const SORT = 'id';
