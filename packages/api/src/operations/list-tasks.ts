import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { PAGE_LENGTH_MAX } from '../limits.ts';
import { Id, nullable, oneOf } from '../schemas/scalars.ts';
import { TaskSummary } from '../schemas/task.ts';
import { TASK_STATES } from '../states/task.ts';
export const listTasks = {
  id: 'listTasks',
  summary: 'Tasks, the newest first',
  method: 'GET',
  path: '/v1/tasks',
  door: 'operator',
  role: 'viewer',
  query: Type.Object({
    state: Type.Optional(oneOf(TASK_STATES)),
    before: Type.Optional(Id),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_LENGTH_MAX })),
  }),
  /** `next` is the `before` of the next page; null on the last one. */
  answer: Type.Object({ tasks: Type.Array(TaskSummary), next: nullable(Id) }),
} as const satisfies Operation;
