/**
 * The API as its own description has it: every operation of `/v1/openapi.json` is driven with requests made from the
 * document, and whatever comes back has to be in the document: the status, the media type, the shape, the code. Nothing
 * is answered with a 5xx. The document and the answers are judged by what others wrote (Redocly, Ajv).
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { Dispatcher } from 'undici';
import { FakeMulticastRoom } from '../../packages/server/test/fake-multicast-room.ts';
import { TestDevice } from '../../packages/server/test/test-device.ts';
import { TestReceiver } from '../../packages/server/test/test-receiver.ts';
import {
  signingRequest,
  startTestServer,
  TestClient,
  upload,
  type TestServer,
} from '../../packages/server/test/test-server.ts';
import { clientOf } from './client-of.ts';
import { fieldOf, Known, type Schema, type Source } from './arbitrary-of-schema.ts';
import { PREPARATIONS } from './preparations.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, object>> }>>;
  readonly security: readonly Readonly<Record<string, unknown>>[];
}

interface Words {
  readonly description?: string;
  readonly enum?: readonly string[];
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly webhooks: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const RUNS_PER_OPERATION = 16;
/** Chance may refuse all of those: so many times over before that counts as a failure. */
const TRIES_PER_OPERATION = 8;

let server: TestServer;
let root: TestClient;
let device: TestDevice;
let document: OpenApi;
let text: string;
let contentId: string;
/** Without a token. */
let visitor: TestClient;
const clock = { aheadMs: 0 };
const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
/** What is there, by kind. Filled anew before each operation: some of them take away. */
const pools: Record<string, readonly unknown[]> = {};

before(async () => {
  // Nobody listens there: what is sent fails at once.
  const options = { mode: 'unicast', interfaces: ['lo'], webhookAllow: ['127.0.0.1'] } as const;
  const now = (): number => Date.now() + clock.aheadMs;
  server = await startTestServer(options, { multicast: new FakeMulticastRoom(), now });
  visitor = new TestClient(server.admin.url);
  const { token } = await clientOf(server.admin).call('createOperator', { body: { name: 'root', role: 'admin' } });
  root = new TestClient(server.admin.url, token);
  device = await joined('driver');
  await device.checkIn();
  contentId = await upload(root, Buffer.from('content'));
  text = await (await root.send('GET', '/v1/openapi.json')).body.text();
  document = JSON.parse(text) as OpenApi;
  ajv.addSchema(document, 'api');
});

after(async () => {
  await device.close();
  await root.close();
  await visitor.close();
  await server[Symbol.asyncDispose]();
});

test("the document is found good by Redocly's linter, with its recommended rules", async () => {
  const config = await createConfig({ extends: ['recommended-strict'], rules: LEFT_OUT });
  const problems = await lintFromString({ source: text, config });
  assert.deepEqual(
    problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} (${location[0]?.pointer})`),
    [],
  );
});

test('every field of a body or an answer says what it is, and what each of its words means', () => {
  const silent = new Set<string>();
  const look = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { properties } = value as { readonly properties?: Readonly<Record<string, Words>> };
    for (const [name, { description = '', enum: values = [] }] of Object.entries(properties ?? {})) {
      const isOfProblem = path.includes('/responses/') && name === 'code';
      if (description === '' && !isOfProblem) silent.add(`${path}/${name}`);
      const unsaid = values.filter((word) => !isOfProblem && name !== 'code' && !description.includes(word));
      if (values.length > 1 && unsaid.length > 0) silent.add(`${path}/${name}: ${unsaid.join(', ')}`);
    }
    for (const [key, inner] of Object.entries(value)) if (key !== 'example') look(inner, `${path}/${key}`);
  };
  look(document.components.schemas, 'schemas');
  look(document.paths, 'paths');
  look(document.webhooks, 'webhooks');
  assert.deepEqual([...silent], []);
});

test('every example is what its schema says', () => {
  let count = 0;
  const look = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { example, schema } = value as { readonly example?: unknown; readonly schema?: unknown };
    if (example !== undefined && schema !== undefined) {
      assertFits(`${path}/schema`, example);
      count += 1;
    }
    for (const [key, inner] of Object.entries(value))
      look(inner, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  };
  look(document.paths, '/paths');
  look(document.webhooks, '/webhooks');
  assert.ok(count > 50, `${count} examples`);
});

test(
  'every operation, driven from the document, answers as the document says, and never with a 5xx',
  { timeout: 300_000 },
  async (t) => {
    const answered = new Map<string, Set<number>>();
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, described] of Object.entries(methods)) {
        await refill();
        const world = { root, device, contentId, clock, join: joined };
        Object.assign(pools, await PREPARATIONS[described.operationId]?.(world));
        const statuses = new Set<number>();
        answered.set(described.operationId, statuses);
        const property = fc.asyncProperty(requestOf(path, described), async (request) => {
          statuses.add(await drive(path, method, described, request));
        });
        for (let tries = 0; tries < TRIES_PER_OPERATION && !isDone(statuses); tries += 1) {
          await fc.assert(property, { numRuns: RUNS_PER_OPERATION, endOnFailure: true });
        }
      }
    }
    const neverDone = [...answered].filter(([, statuses]) => !isDone(statuses));
    assert.deepEqual(
      neverDone.map(([id, statuses]) => `${id}: ${[...statuses].join(', ')}`),
      [],
      'what is always refused proves little',
    );
    t.diagnostic(`${answered.size} operations`);
  },
);

test('what is sent to a webhook is what the document says of it', { timeout: 30_000 }, async () => {
  const client = clientOf(root);
  await using receiver = await TestReceiver.start();
  const events = ['task', 'delivery', 'device'] as const;
  const { webhook } = await client.call('createWebhook', { body: { url: receiver.url, events: [...events] } });
  const { id: target } = await joined('told');
  const action = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
  const task = await client.call('createTask', { body: { action, contentId, target } });
  await client.call('cancelTask', { params: { id: task.id } });
  await client.call('testWebhook', { params: { id: webhook.id } });
  const types = ['webhook.test', 'device.joined', 'task.created', 'task.cancelled', 'delivery.cancelled'];
  while (!types.every((type) => receiver.types.includes(type))) await receiver.until(receiver.received.length + 1);
  for (const { type, body, headers } of receiver.received) {
    const [kind = '', last = ''] = type.split('.');
    const name = kind === 'webhook' ? last : kind;
    assertFits(`/webhooks/${name}/post/requestBody/content/application~1json/schema`, JSON.parse(body), type);
    for (const [index, parameter] of (document.webhooks[name]?.['post']?.parameters ?? []).entries()) {
      assertFits(`/webhooks/${name}/post/parameters/${index}/schema`, headers[parameter.name], parameter.name);
    }
  }
  await client.call('deleteWebhook', { params: { id: webhook.id } });
});

test('the page for people has every operation, and needs no script and no other host', async () => {
  const answer = await root.send('GET', '/v1/docs');
  const page = await answer.body.text();
  assert.match(String(answer.headers['content-security-policy']), /^default-src 'none'; style-src 'self';/);
  const described = [...Object.values(document.paths), ...Object.values(document.webhooks)];
  for (const { operationId } of described.flatMap((methods) => Object.values(methods))) {
    assert.ok(page.includes(`<details id="${operationId}"`), operationId);
  }
  assert.doesNotMatch(page, /<script|\sstyle=|\son\w+=|(?:src|href)="(?:https?:)?\/\//);
  for (const [, name] of page.matchAll(/href="#([^"]+)"/g))
    assert.ok(page.includes(`id="${name ?? ''}"`), String(name));
  const style = await root.send('GET', '/v1/docs.css');
  assert.match(String(style.headers['content-type']), /^text\/css/);
  assert.doesNotMatch(await style.body.text(), /url\(|@import/);
});

function isDone(statuses: ReadonlySet<number>): boolean {
  return [...statuses].some((status) => status < 300);
}

interface Given {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

function requestOf(path: string, { operationId, parameters = [], requestBody }: Described): fc.Arbitrary<Given> {
  const source: Source = {
    resolve: (reference) => document.components.schemas[reference.split('/').at(-1)]!,
    poolOf: (field) => {
      if (field !== 'id' && field !== 'name') return POOLS[field];
      return POOL_OF_OPERATION[operationId] ?? POOL_OF_PATH[path.split('/').slice(0, 3).join('/')];
    },
  };
  const fields = Object.fromEntries(parameters.map(({ name, schema }) => [name, fieldOf(name, schema, source)]));
  const required = parameters.filter((parameter) => parameter.required === true).map(({ name }) => name);
  const [content] = Object.entries(requestBody?.content ?? {});
  const inBody: Source = { ...source, poolOf: (field) => POOLS_OF_BODY[operationId]?.[field] ?? POOLS[field] };
  const body =
    content === undefined
      ? fc.constant(undefined)
      : content[0] === 'application/json'
        ? fieldOf('', content[1].schema, inBody)
        : fc.uint8Array({ maxLength: 64 });
  const given = fc.record(fields, { requiredKeys: required });
  // One that was made up is refused: mostly there is none.
  const { cursor: _cursor, ...others } = fields;
  const withoutCursor = fc.record(others, { requiredKeys: required });
  return fc.record({
    parameters: fc.oneof({ weight: 1, arbitrary: given }, { weight: 5, arbitrary: withoutCursor }),
    body,
  });
}

async function drive(path: string, method: string, described: Described, given: Given): Promise<number> {
  const { parameters, body } = known(given) as Given;
  let target = path;
  const query = new URLSearchParams();
  const headers: Record<string, string> = {};
  for (const { name, in: where } of described.parameters ?? []) {
    const value = parameters[name];
    if (value === undefined) continue;
    if (where === 'path') target = target.replace(`{${name}}`, encodeURIComponent(textOf(value)));
    else if (where === 'header') headers[name.toLowerCase()] = textOf(value);
    else for (const one of Array.isArray(value) ? value : [value]) query.append(name, textOf(one));
  }
  // From a page of the server's own, as a browser says.
  if (described.operationId === 'signIn') headers['sec-fetch-site'] = 'same-origin';
  if (body instanceof Uint8Array) headers['content-type'] = Object.keys(described.requestBody!.content)[0]!;
  const isDevice = described.security.some((scheme) => 'device' in scheme);
  // A browser signs itself out by its cookie.
  const [cookie] = described.operationId === 'signOut' ? (pools['cookies'] ?? []) : [];
  if (cookie !== undefined) Object.assign(headers, { cookie, 'sec-fetch-site': 'same-origin' });
  const client = isDevice ? device.client : cookie === undefined ? root : visitor;
  const answer = await client.send(method.toUpperCase(), query.size === 0 ? target : `${target}?${query.toString()}`, {
    body,
    headers,
  });
  const what = `${method} ${target}?${query.toString()} ${JSON.stringify(body)}`;
  await assertDescribed(path, method, described, answer, what);
  return answer.statusCode;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

async function assertDescribed(
  path: string,
  method: string,
  described: Described,
  answer: Dispatcher.ResponseData,
  what: string,
): Promise<void> {
  const { statusCode } = answer;
  const media = String(answer.headers['content-type'] ?? '').split(';')[0]!;
  const isStream = media === 'text/event-stream';
  const body = isStream ? await firstOf(answer) : await answer.body.text();
  // An upload may be announced that is larger than this disk: the one answer of these that is no error of the server's.
  assert.ok(statusCode < 500 || statusCode === 507, `${what}: ${statusCode} ${body}`);
  const response = described.responses[String(statusCode)];
  assert.ok(response !== undefined, `${what}: ${statusCode} is not described: ${body}`);
  const content = response.content?.[media];
  if (body === '' || method === 'head') return;
  assert.ok(content !== undefined, `${what}: ${statusCode} has ${media}, which is not described: ${body}`);
  if (!media.endsWith('json')) return;
  const pointer = ['', 'paths', path, method, 'responses', String(statusCode), 'content', media, 'schema'];
  assertFits(pointer.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/'), JSON.parse(body), what);
}

function assertFits(pointer: string, value: unknown, what = pointer): void {
  const reference = `api#${pointer.split('/').map(encodeURIComponent).join('/')}`;
  const validate = ajv.getSchema(reference);
  assert.ok(validate !== undefined, `${pointer} is no schema`);
  assert.ok(validate(value), `${what}: ${JSON.stringify(value).slice(0, 500)}: ${ajv.errorsText(validate.errors)}`);
}

async function firstOf(answer: Dispatcher.ResponseData): Promise<string> {
  for await (const piece of answer.body) {
    answer.body.destroy();
    return String(piece);
  }
  return '';
}

/** What stands for something that is there becomes that. */
function known(value: unknown): unknown {
  if (value instanceof Known) {
    const pool = pools[value.pool] ?? [];
    return pool[value.index % pool.length] ?? 'nothing-there';
  }
  if (Array.isArray(value)) return value.map(known);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, known(inner)]));
}

const DEAF_URL = 'http://127.0.0.1:9/';

let filled = 0;

async function refill(): Promise<void> {
  filled += 1;
  const client = clientOf(root);
  const uploads = [await begunUpload(0), await begunUpload(10)];
  const victim = await joined(`victim-${filled}`);
  await victim.close();
  const action = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
  const tasks = await Promise.all(
    ['driver', victim.name].map((target) => client.call('createTask', { body: { action, contentId, target } })),
  );
  const ended = await client.call('createTask', { body: { action, contentId, target: victim.name } });
  await client.call('cancelTask', { params: { id: ended.id } });
  const paused = await client.call('createTask', { body: { action, contentId, target: victim.name } });
  await client.call('pauseTask', { params: { id: paused.id } });
  // The device that asks everything has a slot for what it is sent.
  await device.ask();
  const pending = [await joined(`pending-${filled}a`, true), await joined(`pending-${filled}b`, true)];
  for (const one of pending) await one.close();
  const joinToken = await client.call('createJoinToken', { body: { uses: 100 } });
  const operator = await client.call('createOperator', { body: { name: `op-${filled}`, role: 'viewer' } });
  for (const { id } of await client.list('listWebhooks')) await client.call('deleteWebhook', { params: { id } });
  const { webhook } = await client.call('createWebhook', { body: { url: DEAF_URL, events: ['session'] } });
  const message = await client.call('testWebhook', { params: { id: webhook.id } });
  const signIn = await signedIn(operator.token);
  Object.assign(pools, {
    contents: [contentId],
    uploads,
    devices: [victim.id, victim.name],
    tasks: [...tasks.map(({ id }) => id), ended.id, paused.id],
    targets: ['all', 'driver', victim.name, 'facts=none'],
    tokens: [joinToken.id],
    secrets: [joinToken.token],
    operators: [operator.operator.name],
    webhooks: [webhook.id],
    messages: [message.id],
    hookUrls: [DEAF_URL],
    operatorTokens: [operator.token],
    signIns: [signIn],
    pendingDevices: pending.map(({ id }) => id),
    offsets: ['0'],
    leafRanges: [[[0, 1]]],
    requests: [await signingRequest()],
    instances: [device.instance],
    leaves: ['0'],
    protocols: [{ min: 1, max: 1 }],
    anyTag: ['*'],
    endedTasks: [ended.id],
    pausedTasks: [paused.id],
    policies: [{}],
    platforms: ['linux/x64'],
    deviceLists: [[victim.id]],
    sizes: ['0', '1000'],
    durations: [1],
  });
}

async function begunUpload(length: number): Promise<string | undefined> {
  const headers = { 'tus-resumable': '1.0.0', 'upload-length': String(length) };
  const begun = await root.send('POST', '/v1/uploads', { headers });
  await begun.body.dump();
  return String(begun.headers['location']).split('/').at(-1);
}

async function signedIn(token: string): Promise<string> {
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
  const answer = await root.send('POST', '/v1/sign-ins', { headers, body: { token } });
  return ((await answer.body.json()) as { readonly signIn: { readonly id: string } }).signIn.id;
}

async function joined(name: string, needsApproval = false): Promise<TestDevice> {
  const { token } = await clientOf(root).call('createJoinToken', { body: { needsApproval } });
  return TestDevice.join(server, token, name);
}

/** Of the parameters `id` and `name`, by where they stand. */
const POOL_OF_PATH: Readonly<Record<string, string>> = {
  '/v1/tasks': 'tasks',
  '/v1/devices': 'devices',
  '/v1/join-tokens': 'tokens',
  '/v1/operators': 'operators',
  '/v1/uploads': 'uploads',
  '/v1/webhooks': 'webhooks',
};

/** Of those that only do something to what is in a certain state. */
const POOL_OF_OPERATION: Readonly<Record<string, string>> = {
  resumeTask: 'pausedTasks',
  retryTask: 'endedTasks',
  deleteTask: 'endedTasks',
  approveDevice: 'pendingDevices',
  rejectDevice: 'pendingDevices',
  getProbe: 'probes',
  reportProbe: 'probes',
  sessionReady: 'sessions',
};

/** Where a field of a body means something else than elsewhere. */
const POOLS_OF_BODY: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  signIn: { token: 'operatorTokens' },
  createProbe: { target: 'listeners' },
  createSignInLink: { operator: 'operators' },
};

const POOLS: Readonly<Record<string, string>> = {
  contentId: 'contents',
  uploadId: 'uploads',
  taskId: 'tasks',
  device: 'devices',
  target: 'targets',
  token: 'secrets',
  certificateSigningRequest: 'requests',
  instance: 'instances',
  protocol: 'protocols',
  'If-Match': 'anyTag',
  'Upload-Offset': 'offsets',
  signIn: 'signIns',
  ranges: 'leafRanges',
  platform: 'platforms',
  policy: 'policies',
  devices: 'deviceLists',
  leaf: 'leaves',
  // Most numbers are more than there is room for.
  'Upload-Length': 'sizes',
  message: 'messages',
  url: 'hookUrls',
  sessionId: 'sessions',
  durationSeconds: 'durations',
};

/** What of the linter's recommendations does not fit, and why. */
const LEFT_OUT = {
  // The description is the server's own: it does not know by which name its reader reached it.
  'no-server-example.com': 'off',
  // `/v1/operators/self` is an operator too; the router takes the one without a parameter first.
  'no-ambiguous-paths': 'off',
  // Of the open door nothing but the request's shape can be wrong.
  'security-defined': 'error',
} as const;
