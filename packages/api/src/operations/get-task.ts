import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
import { TaskDetails } from '../schemas/task.ts';
export const getTask = {
  id: 'getTask',
  summary: 'A task with its rows of the task status table',
  method: 'GET',
  path: '/v1/tasks/:id',
  door: 'operator',
  role: 'viewer',
  tagged: 'task',
  subject: 'task',
  params: Type.Object({ id: Id }),
  query: Type.Object({
    /** `false`: without its rows, of which there may be thousands: `deliveries` is empty then, listDeliveries has them. */
    deliveries: Type.Optional(Type.Boolean({ default: true })),
  }),
  answer: TaskDetails,
  errors: ['not_found', 'conflict'],
} as const satisfies Operation;
