/** One operation in the words of OpenAPI. */
import {
  limits,
  PROBLEM_CONTENT_TYPE,
  problemDetails,
  PROBLEMS,
  takesIdempotencyKey,
  takesIfMatch,
  type Operation,
  type ProblemCode,
} from '@rollcall/api';
import { problemCodesOf } from '../problem-codes.ts';
import { EXAMPLES } from './examples.ts';
import type { JsonSchema, SchemaBook } from './schema-book.ts';
import { tagOf } from './tags.ts';

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

export function describeOperation(operation: Operation, book: SchemaBook): object {
  const { id, summary, door, body } = operation;
  return {
    operationId: id,
    summary,
    description: sentencesOf(operation).join(' '),
    tags: [tagOf(operation.path)],
    security: SECURITY[door],
    ...(door === 'device' ? { servers: [DEVICE_SERVER] } : {}),
    parameters: [
      ...parametersOf('path', operation, book),
      ...parametersOf('query', operation, book),
      ...headersOf(operation),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: ((body as ObjectSchema).required ?? []).length > 0,
            content: {
              'application/json': { schema: book.refer(body, `${id}.body`), ...exampleOf(EXAMPLES[id]?.body) },
            },
          },
        }),
    responses: { ...successOf(operation, book), ...problemsOf(operation) },
  };
}

function sentencesOf(operation: Operation): string[] {
  const { door, role, page } = operation;
  return [
    door === 'operator' ? `For operators with the role \`${role ?? 'viewer'}\` or a higher one.` : '',
    door === 'device' ? "For a device with its certificate, on the devices' port." : '',
    page === undefined ? '' : 'A page of a list: `next` is the `cursor` of the next page, and null on the last one.',
    takesIdempotencyKey(operation) ? 'With an `Idempotency-Key` the same request is carried out once.' : '',
    takesIfMatch(operation) ? 'With `If-Match` it is done only if nobody has changed it since it was read.' : '',
  ].filter((sentence) => sentence !== '');
}

function parametersOf(where: 'path' | 'query', operation: Operation, book: SchemaBook): object[] {
  const schema: ObjectSchema | undefined = where === 'path' ? operation.params : operation.query;
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => {
    const { description, ...described } = book.refer(property, operation.id) as JsonSchema & {
      readonly description?: string;
    };
    return {
      name,
      in: where,
      required: where === 'path' || (schema?.required ?? []).includes(name),
      description: description ?? PARAMETERS[name] ?? name,
      schema: described,
    };
  });
}

function headersOf(operation: Operation): object[] {
  const parameters: object[] = [];
  if (takesIdempotencyKey(operation)) {
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      description: 'New for each thing that is to be made, such as a random UUID.',
      schema: {
        type: 'string',
        minLength: limits.IDEMPOTENCY_KEY_LENGTH_MIN,
        maxLength: limits.IDEMPOTENCY_KEY_LENGTH_MAX,
        pattern: '^[!-~]+$',
      },
    });
  }
  if (takesIfMatch(operation)) {
    parameters.push({
      name: 'If-Match',
      in: 'header',
      description: 'The `ETag` of what was read.',
      schema: { type: 'string', maxLength: 1024, pattern: '^[!-~]+$' },
    });
  }
  if (operation.stream === 'text/event-stream' && operation.door === 'operator') {
    parameters.push({
      name: 'Last-Event-ID',
      in: 'header',
      description: 'Sequence of the last event that was seen.',
      schema: { type: 'string', pattern: '^[0-9]{1,15}$' },
    });
  }
  return parameters;
}

function successOf(operation: Operation, book: SchemaBook): Record<string, object> {
  const { id, answer, stream } = operation;
  const status = String(operation.status ?? (answer === undefined && stream === undefined ? 204 : 200));
  const headers = {
    ...(operation.tagged === undefined || answer === undefined ? {} : { ETag: ETAG_HEADER }),
    ...(takesIdempotencyKey(operation) ? { 'Idempotency-Replayed': REPLAYED_HEADER } : {}),
  };
  const content =
    answer !== undefined
      ? { 'application/json': { schema: book.refer(answer, `${id}.answer`), ...exampleOf(EXAMPLES[id]?.answer) } }
      : stream === undefined
        ? undefined
        : { [stream]: { schema: stream === 'application/octet-stream' ? {} : { type: 'string' } } };
  const description = content === undefined ? 'Done' : (EXAMPLES[id]?.says ?? 'The answer');
  const success = { description, headers, ...(content === undefined ? {} : { content }) };
  if (operation.isRanged !== true) return { [status]: success };
  return { [status]: success, 206: { ...success, description: 'The range that was asked for' } };
}

/** By status, with the codes that tell one reason from another. */
function problemsOf(operation: Operation): Record<string, object> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemCodesOf(operation)) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries([...byStatus].map(([status, codes]) => [String(status), problemResponse(codes)]));
}

export function problemResponse(codes: readonly ProblemCode[]): object {
  const schema = {
    allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { type: 'string', enum: codes } } }],
  };
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('; '),
    content: {
      [PROBLEM_CONTENT_TYPE]: { schema, example: problemDetails(codes[0]!, 'what was wrong, and what to do') },
    },
  };
}

function exampleOf(example: unknown): { readonly example?: unknown } {
  return example === undefined ? {} : { example };
}

/** An operator has a token, or a browser that is signed in. */
const SECURITY = { open: [], operator: [{ operator: [] }, { browser: [] }], device: [{ device: [] }] };

const ETAG_HEADER = { description: 'For an `If-Match` later.', schema: { type: 'string' } };
const REPLAYED_HEADER = { description: '`true`: the answer to the first request.', schema: { type: 'string' } };

const DEVICE_SERVER = {
  url: 'https://{host}:{port}',
  description: "The devices' port: the operators' and one, unless the server was told otherwise.",
  variables: { host: { default: 'rollcall.internal' }, port: { default: '7444' } },
};

/** Of parameters whose schema says nothing itself. */
const PARAMETERS: Readonly<Record<string, string>> = {
  id: 'The id; of a device its name as well.',
  device: 'The device, by id or name.',
  name: 'The name.',
  cursor: '`next` of the page before; absent: the first page.',
  limit: 'Items of a page.',
  search: 'In names, ids and the like, in capitals or not.',
  sort: 'The order; `-` before it: the other way round.',
  selector: 'Names or ids, and conditions on labels and facts: `till-1,till-2`, `site=north,role!=kiosk`.',
  online: 'Whether it is connected now.',
  version: 'Version of the agent.',
  state: 'Any of these states.',
  kind: 'Any of these kinds.',
  path: 'Any of these ways by which the content came.',
  createdFrom: 'Created at this time (ms) or later.',
  createdBefore: 'Created before this time (ms).',
  from: 'At this time (ms) or later.',
  before: 'Before this time (ms).',
  actor: 'Name of who did it.',
  operation: 'Id of the operation.',
  outcome: 'Whether it was done or refused.',
  subject: 'Id or name of something that it concerned.',
  deliveries: 'Whether the rows come along, of which there may be thousands.',
  taskId: 'Only what is of this task.',
  after: 'Only what comes behind this sequence.',
  contentId: 'The identity of a content.',
  leaf: 'Number of a leaf, from 0.',
  sessionId: 'The session.',
  message: 'The id of a message, its `webhook-id`.',
  instance: 'The process that asks: each process has one of its own.',
};
