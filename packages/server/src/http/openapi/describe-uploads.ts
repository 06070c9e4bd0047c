/** Uploads speak a protocol of their own (tus 1.0): what of it a reader of the API's description has to know. */
import { limits } from '@rollcall/api';
import { problemResponse } from './describe-operation.ts';

const TEXT = { 'text/plain': { schema: { type: 'string' } } };

const RESUMABLE = header('Tus-Resumable', 'The version of the protocol.', { type: 'string', const: '1.0.0' }, true);
const OFFSET = { description: 'How many bytes are here.', schema: { type: 'integer', minimum: 0 } };
const EXPIRES = { description: 'When an upload that is not complete is given up.', schema: { type: 'string' } };
const LENGTH = { type: 'integer', minimum: 0, maximum: limits.OBJECT_BYTES_MAX };

const UPLOAD_ID = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'The last part of its address.',
  schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9]+$' },
};

const COMMON = { tags: ['Content'], security: [{ operator: [] }, { browser: [] }] };

const REFUSALS = {
  400: { description: 'A header that the protocol does not allow', content: TEXT },
  401: problemResponse(['unauthenticated']),
  403: problemResponse(['not_allowed', 'cross_site']),
  429: problemResponse(['too_many_requests']),
  500: { description: 'The server made an error', content: TEXT },
};

const UNKNOWN = {
  404: { description: 'There is no such upload', content: TEXT },
  410: { description: 'It is not kept any more', content: TEXT },
};

export const UPLOAD_PATHS = {
  '/v1/uploads': {
    post: {
      ...COMMON,
      operationId: 'createUpload',
      summary: 'Begin an upload (tus 1.0, creation)',
      description: 'For operators with the role `operator` or a higher one. Any client of tus does this.',
      parameters: [
        RESUMABLE,
        header('Upload-Length', 'How many bytes will come.', LENGTH),
        header('Upload-Defer-Length', 'Or: nobody knows yet.', { type: 'integer', const: 1 }),
      ],
      responses: {
        201: {
          description: 'It is at `Location`',
          headers: {
            Location: { description: 'Where its bytes are sent.', schema: { type: 'string' } },
            'Upload-Expires': EXPIRES,
          },
        },
        ...REFUSALS,
        413: { description: 'No content may be so large', content: TEXT },
        507: { description: 'The server has no room for it', content: TEXT },
      },
    },
  },
  '/v1/uploads/{id}': {
    head: {
      ...COMMON,
      operationId: 'headUpload',
      summary: 'How far an upload is (tus 1.0)',
      description: 'For operators with the role `operator` or a higher one.',
      parameters: [UPLOAD_ID, RESUMABLE],
      responses: {
        200: { description: 'So far', headers: { 'Upload-Offset': OFFSET } },
        ...withoutContent({ ...REFUSALS, ...UNKNOWN }),
      },
    },
    patch: {
      ...COMMON,
      operationId: 'continueUpload',
      summary: 'Send bytes of an upload (tus 1.0)',
      description: 'For operators with the role `operator` or a higher one.',
      parameters: [
        UPLOAD_ID,
        RESUMABLE,
        header('Upload-Offset', 'Where these bytes begin: behind those that are here.', LENGTH, true),
      ],
      requestBody: { required: true, content: { 'application/offset+octet-stream': { schema: {} } } },
      responses: {
        204: { description: 'They are here', headers: { 'Upload-Offset': OFFSET, 'Upload-Expires': EXPIRES } },
        ...REFUSALS,
        ...UNKNOWN,
        409: { description: 'The bytes that are here end elsewhere', content: TEXT },
        413: { description: 'More bytes than were announced', content: TEXT },
        507: { description: 'The server has no room for them', content: TEXT },
      },
    },
    delete: {
      ...COMMON,
      operationId: 'deleteUpload',
      summary: 'Give up an upload (tus 1.0, termination)',
      description: 'For operators with the role `operator` or a higher one.',
      parameters: [UPLOAD_ID, RESUMABLE],
      responses: { 204: { description: 'It is gone' }, ...REFUSALS, ...UNKNOWN },
    },
  },
};

function header(name: string, description: string, schema: object, required = false): object {
  return { name, in: 'header', required, description, schema };
}

/** An answer to HEAD has none. */
function withoutContent(responses: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const { content: _content, ...rest } = response as { readonly content?: unknown };
      return [status, rest];
    }),
  );
}
