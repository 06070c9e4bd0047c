import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
import { TaskSummary } from '../schemas/task.ts';
export const cancelTask = {
  id: 'cancelTask',
  summary: 'End what is not delivered at once; an action that is being applied ends with its true result',
  method: 'POST',
  path: '/v1/tasks/:id/cancel',
  door: 'operator',
  role: 'operator',
  tagged: 'task',
  audited: [],
  subject: 'task',
  params: Type.Object({ id: Id }),
  answer: TaskSummary,
  errors: ['not_found', 'conflict'],
} as const satisfies Operation;
