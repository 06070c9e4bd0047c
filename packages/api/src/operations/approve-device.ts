import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Device } from '../schemas/device.ts';
import { Id } from '../schemas/scalars.ts';
export const approveDevice = {
  id: 'approveDevice',
  summary: 'Let a pending device in; it starts by itself',
  method: 'POST',
  path: '/v1/devices/:id/approve',
  door: 'operator',
  role: 'operator',
  audited: [],
  subject: 'device',
  params: Type.Object({ id: Id }),
  answer: Device,
  errors: ['not_found'],
} as const satisfies Operation;
