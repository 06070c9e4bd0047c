import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Device } from '../schemas/device.ts';
import { Id } from '../schemas/scalars.ts';
export const getDevice = {
  id: 'getDevice',
  summary: 'One device, by id or name',
  method: 'GET',
  path: '/v1/devices/:id',
  door: 'operator',
  role: 'viewer',
  tagged: 'device',
  subject: 'device',
  params: Type.Object({ id: Id }),
  answer: Device,
  errors: ['not_found'],
} as const satisfies Operation;
