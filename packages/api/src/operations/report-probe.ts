import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
import { ProbeReport, ReportProbeAnswer } from '../schemas/probe.ts';
export const reportProbe = {
  id: 'reportProbe',
  summary: 'What the device has heard of a probe so far: at first nothing, when it begins to listen',
  method: 'POST',
  path: '/v1/device/probes/:id/report',
  door: 'device',
  params: Type.Object({ id: Id }),
  body: ProbeReport,
  answer: ReportProbeAnswer,
  errors: ['device_removed', 'not_found'],
} as const satisfies Operation;
