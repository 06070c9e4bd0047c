/** Browsers that sign in: by which way, how long it lasts, and what ends it. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { operations, type Operator } from '@rollcall/api';
import {
  AUDIT_REFUSALS_WINDOW_MS,
  REFUSED_CREDENTIALS_PER_MINUTE_MAX,
  SIGN_IN_IDLE_MS,
  SIGN_IN_MS,
  SIGN_INS_PER_OPERATOR_MAX,
} from '../src/limits.ts';
import { secretOfLink, TestBrowser } from './test-browser.ts';
import { startTestServer, TestClient, type TestServer } from './test-server.ts';

let clockAheadMs = 0;
let monotonicAheadMs = 0;
let server: TestServer;
before(async () => {
  server = await startTestServer(
    { mode: 'unicast' },
    { now: () => Date.now() + clockAheadMs, monotonicNow: () => performance.now() + monotonicAheadMs },
  );
});
after(() => server[Symbol.asyncDispose]());

const browser = (): TestBrowser => new TestBrowser(server.admin.url);

async function link(operator?: string): Promise<string> {
  const body = operator === undefined ? {} : { operator };
  return secretOfLink((await server.admin.call(operations.createSignInLink, { body })).url);
}

async function newOperator(name: string, role: Operator['role'] = 'viewer', ttlSeconds?: number): Promise<string> {
  const body = { name, role, ...(ttlSeconds === undefined ? {} : { ttlSeconds }) };
  return (await server.admin.call(operations.createOperator, { body })).token;
}

test('the server makes a link for its own machine: it signs one browser in, as the admin of this machine', async () => {
  const made = await server.server.makeSignInLink();
  assert.ok(made !== undefined);
  assert.equal(new URL(made.url).search, '', 'the secret is where no request carries it');
  await using first = browser();
  const { operator, signIn } = await first.signIn({ link: secretOfLink(made.url) });
  assert.deepEqual([operator.name, operator.role, signIn.method, signIn.current], ['local', 'admin', 'link', true]);
  assert.equal(await first.status(), 200);
  await using second = browser();
  const again = await second.ask('POST', operations.signIn.path, { body: { link: secretOfLink(made.url) } });
  assert.deepEqual([again.status, again.body.code], [401, 'link_void']);
});

test('of two browsers that use a link at the same time one is signed in', async () => {
  const secret = await link();
  await using first = browser();
  await using second = browser();
  const answers = await Promise.all(
    [first, second].map((one) => one.ask('POST', operations.signIn.path, { body: { link: secret } })),
  );
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [201, 401],
  );
});

test('a link is good for a quarter of an hour', async () => {
  const [early, late] = [await link(), await link()];
  await using visitor = browser();
  clockAheadMs += 14 * 60_000;
  await visitor.signIn({ link: early });
  clockAheadMs += 2 * 60_000;
  const { body } = await visitor.ask('POST', operations.signIn.path, { body: { link: late } });
  assert.equal(body.code, 'link_void');
});

test('the cookie is bound to the host, hidden from scripts and from other sites, and ends with the sign-in', async () => {
  await using visitor = browser();
  const answer = await visitor.send('POST', operations.signIn.path, { body: { link: await link() } });
  const cookie = String(answer.headers['set-cookie']);
  const week = SIGN_IN_MS / 1000;
  assert.match(
    cookie,
    /^__Host-rollcall=[\w-]{12}\.[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=(\d+)$/,
  );
  assert.ok(cookie.endsWith(`Max-Age=${week}`));
  assert.equal(answer.headers['cache-control'], 'no-store');
  await answer.body.dump();
});

test('neither the secret of a link nor that of a cookie is in the data directory', async () => {
  const unused = await link();
  await using visitor = browser();
  await visitor.signIn({ link: await link() });
  const secrets = [unused, visitor.cookie!].map((text) => text.split('.').at(-1) ?? '');
  for (const file of await readdir(server.dataDirectory, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const bytes = await readFile(path.join(file.parentPath, file.name));
    for (const secret of secrets) assert.equal(bytes.includes(secret), false, file.name);
  }
});

test('an operator token signs in as well, and a wrong one does not', async () => {
  const token = await newOperator('tess');
  await using visitor = browser();
  assert.equal((await visitor.signIn({ token })).operator.name, 'tess');
  const wrong = token.replace(/\.[^.]+\./, '.nobody123456.');
  const { status, body } = await visitor.ask('POST', operations.signIn.path, { body: { token: wrong } });
  assert.deepEqual([status, body.code], [401, 'unauthenticated']);
  assert.equal(await visitor.status(), 200, 'it is still signed in as before');
});

test('a browser that signs in gets a new secret, and the one that it had is void', async () => {
  await using visitor = browser();
  await visitor.signIn({ link: await link() });
  const old = visitor.cookie;
  await visitor.signIn({ link: await link() });
  assert.notEqual(visitor.cookie, old);
  visitor.cookie = old;
  assert.equal(await visitor.status(), 401);
  assert.equal(visitor.cookie, undefined, 'and the browser is told to forget it');
});

test('signing out ends the sign-in and its event stream, and no other one', async () => {
  await using visitor = browser();
  await using other = browser();
  await visitor.signIn({ link: await link() });
  await other.signIn({ link: await link() });
  const old = visitor.cookie;
  const stream = await visitor.send('GET', operations.streamEvents.path);
  assert.equal(stream.statusCode, 200);
  const ended = stream.body.text();
  assert.equal((await visitor.ask('DELETE', operations.signOut.path)).status, 204);
  assert.match(await ended, /event: open/);
  visitor.cookie = old;
  assert.equal(await visitor.status(), 401);
  assert.equal(await other.status(), 200);
});

test('a sign-in that nobody uses ends, one that is used goes on, and none for longer than a week', async () => {
  await using idle = browser();
  await using used = browser();
  await idle.signIn({ link: await link() });
  await used.signIn({ link: await link() });
  for (let passed = 0; passed < SIGN_IN_MS - SIGN_IN_IDLE_MS; passed += SIGN_IN_IDLE_MS - 60_000) {
    clockAheadMs += SIGN_IN_IDLE_MS - 60_000;
    assert.equal(await used.status(), 200);
    // The use is written without anybody waiting for it; what is asked of the store then comes behind it.
    await link();
  }
  assert.equal(await idle.status(), 401);
  clockAheadMs += SIGN_IN_IDLE_MS;
  assert.equal(await used.status(), 401);
});

test("a sign-in ends with the operator's token, and with the operator", async () => {
  const short = await newOperator('shorty', 'viewer', 3600);
  await newOperator('leaver');
  await using first = browser();
  await using second = browser();
  const { signIn } = await first.signIn({ token: short });
  assert.ok(signIn.expiresAt <= Date.now() + clockAheadMs + 3_600_000);
  await second.signIn({ link: await link('leaver') });
  assert.deepEqual([await first.status(), await second.status()], [200, 200]);
  clockAheadMs += 3_600_001;
  await server.admin.call(operations.removeOperator, { params: { name: 'leaver' } });
  assert.deepEqual([await first.status(), await second.status()], [401, 401]);
});

test('everybody sees and ends their own sign-ins, an admin all', async () => {
  const token = await newOperator('vera');
  await using mine = browser();
  await using admins = browser();
  const { signIn: own } = await mine.signIn({ token });
  const { signIn: theirs } = await admins.signIn({ link: await link() });
  const listed = async (client: TestBrowser, query = '') => {
    const { body } = await client.ask('GET', operations.listSignIns.path + query);
    return (body['signIns'] as { id: string; operator: string; current: boolean }[]).map(
      ({ id, operator, current }) => [id, operator, current],
    );
  };
  assert.deepEqual(await listed(mine), [[own.id, 'vera', true]]);
  assert.deepEqual(await listed(admins, '?operator=vera'), [[own.id, 'vera', false]]);
  assert.ok((await listed(admins)).length > 1);
  assert.equal((await mine.ask('DELETE', `/v1/sign-ins/${theirs.id}`)).status, 404);
  assert.equal((await admins.ask('DELETE', `/v1/sign-ins/${own.id}`)).status, 204);
  assert.deepEqual([await mine.status(), await admins.status()], [401, 200]);
});

test('the list comes in pages', async () => {
  await newOperator('paul');
  for (let count = 0; count < 5; count += 1) {
    await using visitor = browser();
    await visitor.signIn({ link: await link('paul') });
  }
  const seen: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = { operator: 'paul', limit: '2', ...(cursor === undefined ? {} : { cursor }) };
    const page = await server.admin.call(operations.listSignIns, { query });
    assert.ok(page.signIns.length <= 2);
    seen.push(...page.signIns.map(({ id }) => id));
    cursor = page.next;
  }
  assert.equal(new Set(seen).size, 5);
});

test('an operator has a bounded number of sign-ins: the one that was not used for longest gives way', async () => {
  await newOperator('many');
  const browsers: TestBrowser[] = [];
  for (let count = 0; count <= SIGN_INS_PER_OPERATOR_MAX; count += 1) {
    clockAheadMs += 1000;
    const visitor = browser();
    await visitor.signIn({ link: await link('many') });
    browsers.push(visitor);
  }
  assert.equal(await browsers[0]!.status(), 401);
  assert.equal(await browsers[1]!.status(), 200);
  for (const visitor of browsers) await visitor[Symbol.asyncDispose]();
});

test('a link is made with a token, for oneself, or by an admin for anybody', async () => {
  const token = await newOperator('lena');
  const client = new TestClient(server.admin.url, token);
  const own = await client.call(operations.createSignInLink, { body: {} });
  assert.equal(own.operator, 'lena');
  assert.equal((await client.try(operations.createSignInLink, { body: { operator: 'local' } })).status, 403);
  assert.equal((await server.admin.try(operations.createSignInLink, { body: { operator: 'nobody' } })).status, 404);
  await client.close();
  await using visitor = browser();
  await visitor.signIn({ link: secretOfLink(own.url) });
  const { status, body } = await visitor.ask('POST', operations.createSignInLink.path, { body: {} });
  assert.deepEqual([status, body.code], [403, 'not_allowed']);
});

test('a sign-in outlives a restart, also that of the operator of this machine', async () => {
  const other = await startTestServer({ mode: 'unicast' });
  const visitor = new TestBrowser(other.admin.url);
  await visitor.signIn({ link: secretOfLink((await other.server.makeSignInLink())!.url) });
  const restarted = await other.restart();
  await using after = new TestBrowser(restarted.admin.url);
  after.cookie = visitor.cookie;
  assert.equal(await after.status(), 200);
  await visitor[Symbol.asyncDispose]();
  await restarted[Symbol.asyncDispose]();
});

test('signing in and out, and what was refused, is in the audit log', async () => {
  await newOperator('audrey');
  await using visitor = browser();
  const { signIn } = await visitor.signIn({ link: await link('audrey') });
  await visitor.ask('DELETE', operations.signOut.path);
  const { entries } = await server.admin.call(operations.listAudit, { query: { actor: 'audrey' } });
  assert.deepEqual(
    entries.map(({ operation, outcome, subjects }) => [operation, outcome, subjects.map(({ id }) => id)]),
    [
      ['signOut', 'done', [signIn.id]],
      ['signIn', 'done', [signIn.id]],
    ],
  );
  const refused = await server.admin.call(operations.listAudit, { query: { outcome: 'refused', operation: 'signIn' } });
  assert.ok(refused.entries.length > 0);
});

test('whoever keeps guessing has to wait, and a browser that is signed in works on', async () => {
  await using known = browser();
  await known.signIn({ link: await link() });
  monotonicAheadMs += 60_000;
  await using guesser = browser();
  const guess = { link: `${'g'.repeat(12)}.${'g'.repeat(43)}` };
  for (let count = 0; count < REFUSED_CREDENTIALS_PER_MINUTE_MAX; count += 1) {
    assert.equal((await guesser.ask('POST', operations.signIn.path, { body: guess })).status, 401);
  }
  assert.equal((await guesser.ask('POST', operations.signIn.path, { body: guess })).status, 429);
  assert.equal(await known.status(), 200);
  monotonicAheadMs += 60_000;
  assert.equal((await guesser.ask('POST', operations.signIn.path, { body: guess })).status, 401);
});

test('a page that only asks whether it is signed in is no guess, and no attempt for the audit log', async () => {
  const noted = async () => {
    const query = { outcome: 'refused', operation: 'whoAmI' } as const;
    return (await server.admin.call(operations.listAudit, { query })).entries.length;
  };
  monotonicAheadMs += Math.max(60_000, AUDIT_REFUSALS_WINDOW_MS);
  const before = await noted();
  await using visitor = browser();
  for (let count = 0; count <= REFUSED_CREDENTIALS_PER_MINUTE_MAX; count += 1)
    assert.equal(await visitor.status(), 401);
  await visitor.signIn({ link: await link() });
  assert.equal(await noted(), before);
});
