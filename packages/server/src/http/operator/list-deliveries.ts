import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { deliveryView } from '../../core/views.ts';
import { cutPage, orderOf, placeOf } from '../cursor.ts';
import type { OperatorHandler } from '../handler.ts';

export function listDeliveries({
  store: { reader },
}: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.listDeliveries> {
  return async ({ params: { id: taskId }, query }) => {
    const { cursor, limit = limits.PAGE_LENGTH_DEFAULT, sort = 'device', ...filter } = query;
    if ((await reader.task(taskId)) === undefined) throw new Problem('not_found', `there is no task ${taskId}`);
    const { by, isDescending } = orderOf(sort);
    const place = placeOf(cursor, sort);
    const found = await reader.deliveries(taskId, { ...filter, by, isDescending, behind: place, limit: limit + 1 });
    const { items, next } = cutPage(found, limit, sort, ({ delivery: { deviceId, updatedAt }, deviceName }) => ({
      value: by === 'device' ? deviceName : updatedAt,
      id: deviceId,
    }));
    return { deliveries: items.map(({ delivery, deviceName }) => deliveryView(delivery, deviceName)), next };
  };
}
