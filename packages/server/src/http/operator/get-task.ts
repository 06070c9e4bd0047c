import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { taskDetailsView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';

export function getTask({
  store,
  conductor,
}: Pick<ServerContext, 'store' | 'conductor'>): OperatorHandler<typeof operations.getTask> {
  return async ({ params: { id }, query: { deliveries: hasRows = true } }) => {
    const { reader } = store;
    const task = await reader.task(id);
    if (task === undefined) throw new Problem('not_found', `there is no task ${id}`);
    const content = await reader.content(task.contentId);
    if (content === undefined) throw new Problem('conflict', `the content of task ${id} is not described any more`);
    const running = conductor.progressOf(id);
    const sessions = (await reader.sessionsOfTask(id)).map((session) =>
      // While it sends, what the row does not have yet.
      session.id === running?.sessionId && session.endedAt === null
        ? { ...session, bytesSent: running.progress.bytesSent, repairBytes: running.progress.repairBytes }
        : session,
    );
    if (!hasRows) return taskDetailsView(task, content, sessions, [], new Map());
    const names = await reader.deviceNamesOfTask(id);
    return taskDetailsView(task, content, sessions, await reader.deliveriesOfTask(id), names);
  };
}
