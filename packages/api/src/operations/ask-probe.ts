import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { PROBE_SECONDS_MAX } from '../limits.ts';
import { ProbeInstruction } from '../schemas/probe.ts';
export const askProbe = {
  id: 'askProbe',
  summary: 'A probe for this device alone, which is told here where to listen; it begins with its first report',
  method: 'POST',
  path: '/v1/device/probes',
  door: 'device',
  body: Type.Object({ durationSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: PROBE_SECONDS_MAX })) }),
  answer: ProbeInstruction,
  status: 201,
  errors: ['device_removed', 'conflict'],
} as const satisfies Operation;
