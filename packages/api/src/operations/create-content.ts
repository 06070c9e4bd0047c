import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { CONTENT_ENCODINGS } from '../content/encoding.ts';
import { ContentDescription } from '../schemas/content.ts';
import { Id, oneOf } from '../schemas/scalars.ts';
export const createContent = {
  id: 'createContent',
  summary: 'Make content of a finished upload (tus, at /v1/uploads)',
  method: 'POST',
  path: '/v1/contents',
  door: 'operator',
  role: 'operator',
  audited: ['uploadId', 'encoding'],
  body: Type.Object({
    uploadId: Id,
    /** Default: `aes-256-gcm`. `identity` is for what everybody may read. */
    encoding: Type.Optional(oneOf(CONTENT_ENCODINGS)),
  }),
  answer: ContentDescription,
  status: 201,
  errors: ['not_found', 'upload_incomplete', 'no_space', 'too_large'],
} as const satisfies Operation;
