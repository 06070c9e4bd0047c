import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { DeliveryErrorSchema } from '../schemas/delivery.ts';
import { DELIVERY_STATES } from '../states/delivery.ts';
import { Id, nullable, oneOf, Timestamp } from '../schemas/scalars.ts';
export const getAttempts = {
  id: 'getAttempts',
  summary: 'How each attempt on one device ended: its output, exit code and error',
  method: 'GET',
  path: '/v1/tasks/:id/deliveries/:device/attempts',
  door: 'operator',
  role: 'viewer',
  subject: 'task',
  params: Type.Object({ id: Id, device: Id }),
  answer: Type.Object({
    attempts: Type.Array(
      Type.Object({
        attempt: Type.Integer(),
        state: oneOf(DELIVERY_STATES),
        exitCode: nullable(Type.Integer()),
        /** The last 64 KiB, base64. */
        output: Type.String(),
        /** Why it failed or was rejected. */
        error: nullable(DeliveryErrorSchema),
        finishedAt: nullable(Timestamp),
      }),
    ),
  }),
  errors: ['not_found'],
} as const satisfies Operation;
