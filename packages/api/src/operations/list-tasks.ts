import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { TASK_KINDS } from '../schemas/action.ts';
import { anyOf, Next, pageQuery, SearchText } from '../schemas/page.ts';
import { Timestamp } from '../schemas/scalars.ts';
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
    ...pageQuery,
    state: Type.Optional(anyOf(TASK_STATES)),
    kind: Type.Optional(anyOf(TASK_KINDS)),
    /** In name, id, or the name of who created it. */
    search: Type.Optional(SearchText),
    /** Created at this time or later … */
    createdFrom: Type.Optional(Timestamp),
    /** … and before this one. */
    createdBefore: Type.Optional(Timestamp),
    sort: Type.Optional(Type.Enum(['created', '-created', 'name', '-name'], { default: '-created' })),
  }),
  answer: Type.Object({ tasks: Type.Array(TaskSummary), next: Next }),
  page: 'tasks',
  errors: ['invalid_cursor'],
} as const satisfies Operation;
