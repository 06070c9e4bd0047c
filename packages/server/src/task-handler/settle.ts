/** Ends a task whose last delivery has ended, within the transaction that ended it. */
import type { StoreTransactor } from '../core/ports.ts';
import { settleTask } from '../core/settle-task.ts';

/** True when the task has ended by this. */
export async function settle(
  transactor: StoreTransactor,
  taskId: string,
  now: number,
  cause: 'lastDelivery' | 'expiry' = 'lastDelivery',
): Promise<boolean> {
  const task = await transactor.task(taskId);
  const change = task === undefined ? undefined : settleTask(task, now, cause);
  if (task === undefined || change === undefined) return false;
  await transactor.updateTask(taskId, change, now);
  if (!(await transactor.isContentUsed(task.contentId))) {
    await transactor.updateContent(task.contentId, { unneededSince: now });
  }
  return true;
}
