/** With a cookie, only a page of this server changes something. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { operations } from '@rollcall/api';
import { secretOfLink, TestBrowser } from './test-browser.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
let browser: TestBrowser;
before(async () => {
  server = await startTestServer({ mode: 'unicast' });
  browser = new TestBrowser(server.admin.url);
  await browser.signIn({ link: secretOfLink((await server.server.makeSignInLink())!.url) });
});
after(async () => {
  await browser[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const tokens = operations.createJoinToken.path;
/** What browsers send from elsewhere. `none`: typed into the address bar, which makes no POST. */
const elsewhere: readonly Record<string, string>[] = [
  {},
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'https://127.0.0.1' },
  { 'sec-fetch-site': 'cross-site', origin: 'https://127.0.0.1:1' },
];

test('from another page nothing is changed, and the answer says why', async () => {
  for (const headers of elsewhere) {
    const { status, body } = await browser.ask('POST', tokens, { body: {}, headers });
    assert.deepEqual([status, body.code], [403, 'cross_site'], JSON.stringify(headers));
    assert.match(String(body['detail']), /Sec-Fetch-Site: same-origin/);
  }
  assert.deepEqual((await server.admin.call(operations.listJoinTokens)).tokens, []);
});

test('from the own page it is, by what new browsers send and by what old ones do', async () => {
  const { host, origin } = new URL(server.admin.url);
  assert.equal((await browser.ask('POST', tokens, { body: {} })).status, 201);
  assert.equal((await browser.ask('POST', tokens, { body: {}, headers: { origin, host } })).status, 201);
});

test('an upload is a change as well', async () => {
  const headers = { 'tus-resumable': '1.0.0', 'upload-length': '3' };
  assert.equal((await browser.ask('POST', '/v1/uploads', { headers })).status, 403);
  const own = { ...headers, 'sec-fetch-site': 'same-origin' };
  assert.equal((await browser.ask('POST', '/v1/uploads', { headers: own })).status, 201);
});

test('signing in is one too: no page signs a browser in as somebody else', async () => {
  const link = secretOfLink((await server.server.makeSignInLink())!.url);
  await using victim = new TestBrowser(server.admin.url);
  for (const headers of elsewhere) {
    assert.equal((await victim.ask('POST', operations.signIn.path, { body: { link }, headers })).status, 403);
  }
  assert.equal(victim.cookie, undefined);
  await victim.signIn({ link });
});

test('reading is not: the other page is not shown the answer', async () => {
  const answer = await browser.send('GET', operations.whoAmI.path, { headers: { origin: 'https://evil.example' } });
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers['access-control-allow-origin'], undefined);
  await answer.body.dump();
});

test('programs with a token are not asked where they come from', async () => {
  for (const headers of elsewhere) {
    const answer = await server.admin.send('POST', tokens, { body: {}, headers });
    assert.equal(answer.statusCode, 201, JSON.stringify(headers));
    await answer.body.dump();
  }
});
