import type { Operation } from './operation.ts';
import { Heartbeat } from '../schemas/device-channel.ts';
export const heartbeat = {
  id: 'heartbeat',
  summary: 'The device is alive, and so far are its receptions',
  method: 'POST',
  path: '/v1/device/heartbeat',
  door: 'device',
  body: Heartbeat,
  status: 204,
  errors: ['device_removed', 'already_connected'],
} as const satisfies Operation;
