import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Sha256Hex } from '../schemas/scalars.ts';

export const getLeafPieces = {
  id: 'getLeafPieces',
  summary:
    'SHA-256 of each piece into which a session cuts this leaf, back to back (application/octet-stream); for a leaf that came corrupt while the session runs',
  method: 'GET',
  path: '/v1/device/contents/:contentId/leaves/:leaf/pieces',
  door: 'device',
  params: Type.Object({ contentId: Sha256Hex, leaf: Type.Integer({ minimum: 0 }) }),
  query: Type.Object({ sessionId: Type.String({ minLength: 1, maxLength: 64 }) }),
  errors: ['device_removed', 'not_found', 'conflict', 'range_not_satisfiable'],
  stream: 'application/octet-stream',
} as const satisfies Operation;
