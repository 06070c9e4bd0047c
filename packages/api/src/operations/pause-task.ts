import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
import { TaskSummary } from '../schemas/task.ts';
export const pauseTask = {
  id: 'pauseTask',
  summary: 'Stop sending and admission; what runs on devices goes on',
  method: 'POST',
  path: '/v1/tasks/:id/pause',
  door: 'operator',
  role: 'operator',
  tagged: 'task',
  audited: [],
  subject: 'task',
  params: Type.Object({ id: Id }),
  answer: TaskSummary,
  errors: ['not_found', 'conflict'],
} as const satisfies Operation;
