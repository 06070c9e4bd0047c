import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
import { TaskSummary } from '../schemas/task.ts';
export const retryTask = {
  id: 'retryTask',
  summary: 'Run again what failed, was rejected, timed out or was cancelled; attempt + 1',
  method: 'POST',
  path: '/v1/tasks/:id/retry',
  door: 'operator',
  role: 'operator',
  tagged: 'task',
  audited: ['devices'],
  subject: 'task',
  params: Type.Object({ id: Id }),
  /** Without devices: all of them. */
  body: Type.Object({ devices: Type.Optional(Type.Array(Id, { maxItems: 100_000 })) }),
  answer: TaskSummary,
  errors: ['not_found', 'conflict'],
} as const satisfies Operation;
