import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Sha256Hex } from '../schemas/scalars.ts';
export const getLeafTable = {
  id: 'getLeafTable',
  summary: 'The leaf table of a content: an entry for each leaf (application/octet-stream)',
  method: 'GET',
  path: '/v1/device/contents/:contentId/leaf-table',
  door: 'device',
  params: Type.Object({ contentId: Sha256Hex }),
  errors: ['device_removed', 'not_found'],
  stream: 'application/octet-stream',
} as const satisfies Operation;
