import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { PAGE_LENGTH_MAX } from '../limits.ts';
import { Device } from '../schemas/device.ts';
import { Name, nullable } from '../schemas/scalars.ts';
export const listDevices = {
  id: 'listDevices',
  summary: 'Devices, by name; filtered by a selector',
  method: 'GET',
  path: '/v1/devices',
  door: 'operator',
  role: 'viewer',
  query: Type.Object({
    selector: Type.Optional(Type.String({ maxLength: 4096 })),
    after: Type.Optional(Name),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_LENGTH_MAX })),
  }),
  /** `next` is the `after` of the next page; null on the last one. */
  answer: Type.Object({ devices: Type.Array(Device), next: nullable(Name) }),
  errors: ['invalid_selector'],
} as const satisfies Operation;
