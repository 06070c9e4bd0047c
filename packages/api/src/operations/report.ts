import type { Operation } from './operation.ts';
import { ReportAnswer, ReportRequest } from '../schemas/report.ts';
export const report = {
  id: 'report',
  summary: 'Reports of deliveries; on disk when it is acknowledged',
  method: 'POST',
  path: '/v1/device/reports',
  door: 'device',
  body: ReportRequest,
  answer: ReportAnswer,
  errors: ['device_removed'],
} as const satisfies Operation;
