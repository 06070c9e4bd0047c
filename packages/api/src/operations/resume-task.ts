import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
import { TaskSummary } from '../schemas/task.ts';
export const resumeTask = {
  id: 'resumeTask',
  summary: 'Go on after a pause',
  method: 'POST',
  path: '/v1/tasks/:id/resume',
  door: 'operator',
  role: 'operator',
  tagged: 'task',
  audited: [],
  subject: 'task',
  params: Type.Object({ id: Id }),
  answer: TaskSummary,
  errors: ['not_found', 'conflict'],
} as const satisfies Operation;
