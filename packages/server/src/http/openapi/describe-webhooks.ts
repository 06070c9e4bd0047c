/** What is sent to a webhook, made of the schemas of what is sent: the `webhooks` of OpenAPI 3.1. */
import { WEBHOOK_PAYLOADS } from '@rollcall/api';
import { WEBHOOK_TIMEOUT_MS } from '../../limits.ts';
import { WEBHOOK_EXAMPLES } from './examples.ts';
import type { SchemaBook } from './schema-book.ts';

/** By what it is told, the operation's id and what to say of it. */
const TOLD: Readonly<Record<keyof typeof WEBHOOK_PAYLOADS, readonly [id: string, summary: string]>> = {
  task: ['tellTask', 'A task came to be, changed, or ended'],
  delivery: ['tellDelivery', 'One device of a task is in another state'],
  session: ['tellSession', 'A multicast was announced, has begun, or is over'],
  device: ['tellDevice', 'A device has joined or changed'],
  test: ['tellTest', 'Somebody has asked for a test'],
  missed: ['tellMissed', 'Events were forgotten before this webhook could be told of them: read anew what you show'],
};

export function describeWebhooks(book: SchemaBook): Record<string, object> {
  const told = Object.entries(TOLD) as [keyof typeof TOLD, (typeof TOLD)[keyof typeof TOLD]][];
  return Object.fromEntries(
    told.map(([kind, [operationId, summary]]) => {
      const schema = book.refer(WEBHOOK_PAYLOADS[kind], `webhooks.${kind}`);
      const example = WEBHOOK_EXAMPLES[kind];
      const content = { 'application/json': { schema, ...(example === undefined ? {} : { example }) } };
      const post = {
        operationId,
        summary,
        description: DESCRIPTION,
        tags: ['Webhooks'],
        security: [],
        parameters: HEADERS,
        requestBody: { required: true, content },
        responses: RESPONSES,
      };
      return [kind, { post }];
    }),
  );
}

const DESCRIPTION = `The server sends this to the \`url\` of a webhook, as Standard Webhooks 1.0.0 has it. Check the signature first: HMAC-SHA256 over
\`webhook-id\`, \`webhook-timestamp\` and the body as it came, joined by full stops; the key is the base64 behind \`whsec_\` of the webhook's secret.`;

const HEADERS = [
  header('webhook-id', 'The message: the same at each attempt, so that what comes twice is known.', {}),
  header(
    'webhook-timestamp',
    'When this attempt was made, in seconds since 1970. Refuse what is older than some minutes.',
    {
      pattern: '^[0-9]+$',
    },
  ),
  header(
    'webhook-signature',
    'One or, while the secret is being replaced, two signatures with a space between; one that fits is enough.',
    { pattern: '^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)?$' },
  ),
];

const RESPONSES = {
  '2XX': {
    description: `Taken. It is to come within ${WEBHOOK_TIMEOUT_MS / 1000} seconds; the body is kept in the log, its beginning.`,
  },
  410: { description: 'There is nobody any more: the webhook is disabled.' },
  '4XX': { description: 'Not taken: it comes again, later each time; no sooner than `Retry-After` says.' },
  '5XX': { description: 'As 4XX.' },
};

function header(name: string, description: string, schema: object): object {
  return { name, in: 'header', required: true, description, schema: { type: 'string', ...schema } };
}
