import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { LeafRanges } from '../schemas/content.ts';
import { Sha256Hex } from '../schemas/scalars.ts';
export const getLeaves = {
  id: 'getLeaves',
  summary: 'The bytes of these leaves, back to back; needs a completion slot',
  method: 'POST',
  path: '/v1/device/contents/:contentId/leaves',
  door: 'device',
  params: Type.Object({ contentId: Sha256Hex }),
  body: Type.Object({ ranges: LeafRanges }),
  errors: ['device_removed', 'not_found', 'slot_required', 'range_not_satisfiable'],
  stream: 'application/octet-stream',
} as const satisfies Operation;
