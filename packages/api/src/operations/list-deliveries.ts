import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Delivery } from '../schemas/delivery.ts';
import { anyOf, Next, pageQuery, SearchText } from '../schemas/page.ts';
import { Id } from '../schemas/scalars.ts';
import { DELIVERY_PATHS, DELIVERY_STATES } from '../states/delivery.ts';
export const listDeliveries = {
  id: 'listDeliveries',
  summary: 'Rows of the task status table of one task: its deliveries, by the name of their device',
  method: 'GET',
  path: '/v1/tasks/:id/deliveries',
  door: 'operator',
  role: 'viewer',
  subject: 'task',
  params: Type.Object({ id: Id }),
  query: Type.Object({
    ...pageQuery,
    state: Type.Optional(anyOf(DELIVERY_STATES)),
    path: Type.Optional(anyOf(DELIVERY_PATHS)),
    /** In the device's name or id. */
    search: Type.Optional(SearchText),
    /** `updated`: when the row last changed. A `-` before it: the other way round. */
    sort: Type.Optional(Type.Enum(['device', '-device', 'updated', '-updated'], { default: 'device' })),
  }),
  answer: Type.Object({ deliveries: Type.Array(Delivery), next: Next }),
  page: 'deliveries',
  errors: ['not_found', 'invalid_cursor'],
} as const satisfies Operation;
