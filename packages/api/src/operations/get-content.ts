import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Sha256Hex } from '../schemas/scalars.ts';
export const getContent = {
  id: 'getContent',
  summary: 'The bytes of a content, whole or by Range (RFC 9110 §14); needs a completion slot',
  method: 'GET',
  path: '/v1/device/contents/:contentId',
  door: 'device',
  params: Type.Object({ contentId: Sha256Hex }),
  errors: ['device_removed', 'not_found', 'slot_required', 'range_not_satisfiable'],
  stream: 'application/octet-stream',
  isRanged: true,
} as const satisfies Operation;
