/** The API's description (OpenAPI 3.1), made of the operations of both doors. */
import * as api from '@rollcall/api';
import { PROBLEMS, type Operation } from '@rollcall/api';
import type { TSchema } from 'typebox';
import { COOKIE_NAME } from '../../sign-in/cookie.ts';
import { describeOperation } from './describe-operation.ts';
import { UPLOAD_PATHS } from './describe-uploads.ts';
import { describeWebhooks } from './describe-webhooks.ts';
import { SchemaBook } from './schema-book.ts';
import { describeTags, tagOf } from './tags.ts';

export function describeApi(): object {
  const operations = Object.values<Operation>(api.operations);
  const book = new SchemaBook(namedSchemas());
  const paths: Record<string, Record<string, object>> = { ...UPLOAD_PATHS };
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describeOperation(operation, book) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Rollcall',
      version: '1',
      summary: 'Send once, call the roll, finish the absent.',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: "The operators' port" }],
    tags: describeTags(new Set(operations.map(({ path }) => tagOf(path)))),
    paths: Object.fromEntries(Object.entries(paths).sort(([one], [other]) => (one < other ? -1 : 1))),
    webhooks: describeWebhooks(book),
    components: {
      securitySchemes: {
        operator: { type: 'http', scheme: 'bearer', description: 'An operator’s token: `rollcall operator create`.' },
        browser: { type: 'apiKey', in: 'cookie', name: COOKIE_NAME, description: 'A browser that is signed in.' },
        device: { type: 'mutualTLS', description: 'A device’s certificate, which it gets when it joins.' },
      },
      schemas: { ...book.components, Problem: PROBLEM },
    },
  };
}

/** What the contract exports under a name of its own. */
function namedSchemas(): Record<string, TSchema> {
  const named = Object.entries<unknown>(api).filter(
    ([, value]) => typeof value === 'object' && value !== null && '~kind' in value,
  );
  return Object.fromEntries(named) as Record<string, TSchema>;
}

const PROBLEM = {
  type: 'object',
  description: 'Problem details (RFC 9457). Decide by `code`; `detail` is for people.',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string', description: '`urn:rollcall:problem:` and the code.' },
    title: { type: 'string', description: 'What the code means.' },
    status: { type: 'integer', description: 'The HTTP status.' },
    code: { type: 'string', enum: Object.keys(PROBLEMS), description: 'A stable code: decide by it.' },
    detail: { type: 'string', description: 'What was wrong with this request, and what to do.' },
  },
};

const DESCRIPTION = `Copies files, installs and updates applications and sends batch data to many devices, by one multicast and what each device
still lacks by unicast.

Errors are problem details (RFC 9457) with a stable \`code\`. Lists come in pages by an opaque cursor. Times are milliseconds since 1970, UTC. Fields that a
client does not know are to be ignored: new ones are added without a new version. Uploads speak tus 1.0.`;
