import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
export const streamEvents = {
  id: 'streamEvents',
  summary: 'Server-Sent Events: rows of the events table after Last-Event-ID (or after), then live; and progress',
  method: 'GET',
  path: '/v1/events',
  door: 'operator',
  role: 'viewer',
  query: Type.Object({
    taskId: Type.Optional(Id),
    /** Sequence after which to begin; the header Last-Event-ID goes before it; absent: now. */
    after: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
  stream: 'text/event-stream',
} as const satisfies Operation;
