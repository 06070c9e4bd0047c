import type { Operation } from './operation.ts';
import { CreateTaskRequest, TaskSummary } from '../schemas/task.ts';
export const createTask = {
  id: 'createTask',
  summary: 'Create a task; its targets are frozen now',
  method: 'POST',
  path: '/v1/tasks',
  door: 'operator',
  role: 'operator',
  audited: ['name', 'action', 'contentId', 'target', 'policy'],
  body: CreateTaskRequest,
  answer: TaskSummary,
  status: 201,
  errors: ['not_found', 'invalid_selector', 'no_targets'],
} as const satisfies Operation;
