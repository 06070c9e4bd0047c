import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Delivery } from '../schemas/delivery.ts';
import { Next, pageQuery } from '../schemas/page.ts';
import { Id } from '../schemas/scalars.ts';
import { TaskSummary } from '../schemas/task.ts';

export const listDeviceDeliveries = {
  id: 'listDeviceDeliveries',
  summary: 'Rows of the task status table of one device, with their tasks, the newest task first',
  method: 'GET',
  path: '/v1/devices/:id/deliveries',
  door: 'operator',
  role: 'viewer',
  subject: 'device',
  params: Type.Object({ id: Id }),
  query: Type.Object({
    ...pageQuery,
    /** Only what has not ended: the device's queue. */
    open: Type.Optional(Type.Boolean()),
  }),
  answer: Type.Object({ deliveries: Type.Array(Type.Object({ task: TaskSummary, delivery: Delivery })), next: Next }),
  page: 'deliveries',
  errors: ['not_found', 'invalid_cursor'],
} as const satisfies Operation;
