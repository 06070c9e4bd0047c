import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { isTaskWithin } from '../../core/require-within.ts';
import { scopeOf } from '../../core/scope.ts';
import { deliveryView, taskSummaryView } from '../../core/views.ts';
import { cutPage, placeOf } from '../cursor.ts';
import type { OperatorHandler } from '../handler.ts';
import { findDevice } from './find-device.ts';

export function listDeviceDeliveries({
  store: { reader },
}: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.listDeviceDeliveries> {
  return async ({ params, query: { cursor, limit = limits.PAGE_LENGTH_DEFAULT, open = false } }, operator) => {
    const scope = scopeOf(operator);
    const device = await findDevice(reader, params.id);
    const behind = placeOf(cursor, '-task');
    const found = await reader.deliveriesOfDevice(device.id, {
      isOpen: open,
      ...(behind === undefined ? {} : { behind: String(behind.id) }),
      limit: limit + 1,
    });
    const { items, next } = cutPage(found, limit, '-task', ({ taskId }) => ({ value: taskId, id: taskId }));
    const deliveries = [];
    for (const delivery of items) {
      const task = await reader.task(delivery.taskId);
      if (task === undefined || !(await isTaskWithin(reader, scope, task.id))) continue;
      deliveries.push({ task: taskSummaryView(task), delivery: deliveryView(delivery, device.name) });
    }
    return { deliveries, next };
  };
}
