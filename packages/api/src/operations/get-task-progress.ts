import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { ProgressSample } from '../schemas/event.ts';
import { Id } from '../schemas/scalars.ts';

export const getTaskProgress = {
  id: 'getTaskProgress',
  summary:
    "A multicast session's counters over time, from this server's memory: at most 600 samples of the last session",
  method: 'GET',
  path: '/v1/tasks/:id/progress',
  door: 'operator',
  role: 'viewer',
  subject: 'task',
  params: Type.Object({ id: Id }),
  answer: Type.Object({ samples: Type.Array(ProgressSample) }),
  errors: ['not_found'],
} as const satisfies Operation;
