import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { SELECTOR_LENGTH_MAX } from '../limits.ts';
import { Id, Name } from '../schemas/scalars.ts';
export const previewTargets = {
  id: 'previewTargets',
  summary: 'The devices that a selector would freeze as targets now',
  method: 'POST',
  path: '/v1/targets/preview',
  door: 'operator',
  role: 'viewer',
  audited: false,
  body: Type.Object({
    target: Type.String({ minLength: 1, maxLength: SELECTOR_LENGTH_MAX }),
    platform: Type.Optional(Type.String()),
  }),
  answer: Type.Object({ devices: Type.Array(Type.Object({ id: Id, name: Name, online: Type.Boolean() })) }),
  errors: ['invalid_selector', 'no_targets'],
} as const satisfies Operation;
