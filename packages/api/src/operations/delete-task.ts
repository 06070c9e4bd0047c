import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
export const deleteTask = {
  id: 'deleteTask',
  summary: 'Delete an ended task with its rows',
  method: 'DELETE',
  path: '/v1/tasks/:id',
  door: 'operator',
  role: 'operator',
  tagged: 'task',
  audited: [],
  subject: 'task',
  params: Type.Object({ id: Id }),
  status: 204,
  errors: ['not_found', 'conflict'],
} as const satisfies Operation;
