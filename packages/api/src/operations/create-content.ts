import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { ContentDescription } from '../schemas/content.ts';
import { Id } from '../schemas/scalars.ts';
export const createContent = {
  id: 'createContent',
  summary: 'Make content of a finished upload (tus, at /v1/uploads)',
  method: 'POST',
  path: '/v1/contents',
  door: 'operator',
  role: 'operator',
  audited: ['uploadId'],
  body: Type.Object({ uploadId: Id }),
  answer: ContentDescription,
  status: 201,
  errors: ['not_found', 'upload_incomplete', 'no_space', 'too_large'],
} as const satisfies Operation;
