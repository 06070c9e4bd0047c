import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { LABEL_LENGTH_MAX } from '../limits.ts';
import { Device } from '../schemas/device.ts';
import { Id, Name, nullable } from '../schemas/scalars.ts';
export const updateDevice = {
  id: 'updateDevice',
  summary: 'Rename a device, or change labels; a label that is null is taken off',
  method: 'PATCH',
  path: '/v1/devices/:id',
  door: 'operator',
  role: 'operator',
  tagged: 'device',
  audited: ['name', 'labels'],
  subject: 'device',
  params: Type.Object({ id: Id }),
  body: Type.Object({
    name: Type.Optional(Name),
    labels: Type.Optional(Type.Record(Type.String(), nullable(Type.String({ maxLength: LABEL_LENGTH_MAX })))),
  }),
  answer: Device,
  errors: ['not_found', 'name_taken'],
} as const satisfies Operation;
