import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
export const streamDeviceEvents = {
  id: 'streamDeviceEvents',
  summary: 'Server-Sent Events of names DEVICE_EVENTS: wake-ups and heartbeats',
  method: 'GET',
  path: '/v1/device/events',
  door: 'device',
  query: Type.Object({ instance: Id }),
  errors: ['device_removed', 'already_connected'],
  stream: 'text/event-stream',
} as const satisfies Operation;
