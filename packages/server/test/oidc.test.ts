/** Signing in by an identity provider: the whole way of redirects, against a real one. */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { operations, type Operator } from '@rollcall/api';
import { TestIdentityProvider, Visitor } from './test-identity-provider.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let folder: string;
let provider: TestIdentityProvider;
let server: TestServer;
let clockAheadMs = 0;
const file = (): string => path.join(folder, 'oidc.json');
const at = (place: string): string => new URL(place, server.admin.url).href;
const FLOW = '__Host-rollcall-oidc';
const SIGN_IN = '__Host-rollcall';

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rollcall-oidc-'));
  provider = await TestIdentityProvider.start();
  await writeOidc({});
  server = await startTestServer({ mode: 'unicast', oidcFile: file() }, { now: () => Date.now() + clockAheadMs });
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function writeOidc(change: object): Promise<void> {
  const groups = [
    { group: 'fleet-admins', role: 'admin' },
    { group: 'north', role: 'operator', scope: 'site=north' },
    { group: 'staff', role: 'viewer' },
  ];
  const config = { ...provider.registration, name: 'Example', groups };
  await writeFile(file(), JSON.stringify({ ...config, ...change }), { mode: 0o600 });
}

/** The whole way; gives where it ended. */
async function signIn(visitor: Visitor, login: string) {
  return visitor.step(await visitor.goToProvider(at('/v1/oidc/start'), login));
}

async function self(visitor: Visitor): Promise<{ readonly status: number; readonly operator: Operator }> {
  const { status, body } = await visitor.step(at(operations.whoAmI.path));
  return { status, operator: body as unknown as Operator };
}

test('a provider that is away does not keep the server from starting, and says so to who wants to sign in', async () => {
  await using visitor = new Visitor();
  const { status, body } = await visitor.step(at('/v1/oidc/start'));
  assert.deepEqual([status, body.code], [503, 'provider_unavailable']);
  const page = await visitor.step(at('/v1/oidc/start'), { accept: 'text/html,*/*' });
  assert.equal(page.status, 503);
  assert.match(page.text, /<h1>The identity provider does not answer<\/h1>/);
  provider.open(at('/v1/oidc/return'));
  assert.equal((await visitor.step(at('/v1/oidc/start'))).status, 303);
});

test('the console is told that there is one', async () => {
  const ways = await server.admin.call(operations.getSignInWays);
  assert.deepEqual(ways.oidc, { name: 'Example', path: '/v1/oidc/start' });
});

test('who comes back from the provider is signed in, with the role and scope of the first group that counts', async () => {
  provider.people.set('1001', { preferred_username: 'nora', groups: ['staff', 'north'] });
  await using visitor = new Visitor();
  const { status, location } = await signIn(visitor, '1001');
  assert.deepEqual([status, location], [303, at('/')]);
  const { operator } = await self(visitor);
  assert.deepEqual(
    [operator.name, operator.role, operator.scope, operator.subject],
    ['nora', 'operator', 'site=north', `${provider.issuer} 1001`],
  );
  assert.equal(visitor.cookiesOf(at('/')).has(FLOW), false);
  const [listed] = (await server.admin.call(operations.listSignIns, { query: { operator: 'nora' } })).signIns;
  assert.equal(listed?.method, 'oidc');
  const { entries } = await server.admin.call(operations.listAudit, { query: { actor: 'nora' } });
  assert.deepEqual(
    entries.map(({ operation, details }) => [operation, details['method']]),
    [['signIn', 'oidc']],
  );
});

test('what the groups say now counts at the next sign-in, in every browser; without a group all of it ends', async () => {
  provider.people.set('1002', { preferred_username: 'rob', groups: ['fleet-admins'] });
  await using first = new Visitor();
  await using second = new Visitor();
  await signIn(first, '1002');
  assert.equal((await self(first)).operator.role, 'admin');
  provider.people.set('1002', { preferred_username: 'rob', groups: 'staff' });
  await signIn(second, '1002');
  assert.deepEqual([(await self(first)).operator.role, (await self(second)).operator.role], ['viewer', 'viewer']);
  provider.people.set('1002', { preferred_username: 'rob', groups: [] });
  await using third = new Visitor();
  const { status, body } = await signIn(third, '1002');
  assert.deepEqual([status, body.code], [403, 'no_role']);
  assert.deepEqual(
    [(await self(first)).status, (await self(second)).status, (await self(third)).status],
    [401, 401, 401],
  );
});

test('nobody gets in by a group that is not in the file, nor without one', async () => {
  for (const groups of [['visitors'], [], undefined, ['Fleet-Admins']]) {
    provider.people.set('1003', { preferred_username: 'vic', groups });
    await using visitor = new Visitor();
    const { status, body } = await signIn(visitor, '1003');
    assert.deepEqual([status, body.code], [403, 'no_role']);
    assert.equal(visitor.cookiesOf(at('/')).has(SIGN_IN), false);
  }
  const { operators } = await server.admin.call(operations.listOperators);
  assert.equal(
    operators.some(({ name }) => name === 'vic'),
    false,
  );
});

test('nobody takes the name of an operator who has a token', async () => {
  await server.admin.call(operations.createOperator, { body: { name: 'olga', role: 'admin' } });
  provider.people.set('1004', { preferred_username: 'olga', groups: ['staff'] });
  await using visitor = new Visitor();
  const { status, body } = await signIn(visitor, '1004');
  assert.deepEqual([status, body.code], [409, 'name_taken']);
});

test('a wrong state, nonce or verifier, and an answer that this browser did not ask for, are refused', async () => {
  provider.people.set('1005', { preferred_username: 'ines', groups: ['fleet-admins'] });
  const wrong: Readonly<Record<string, (visitor: Visitor, url: string) => string>> = {
    'state in the address': (_visitor, url) => url.replace(/state=[^&]+/, `state=${'x'.repeat(43)}`),
    'state in the cookie': (visitor, url) => changeFlow(visitor, url, 0),
    nonce: (visitor, url) => changeFlow(visitor, url, 1),
    verifier: (visitor, url) => changeFlow(visitor, url, 2),
    'no cookie': (visitor, url) => {
      visitor.cookiesOf(url).delete(FLOW);
      return url;
    },
    'issuer of the answer': (_visitor, url) => url.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.example'),
    'no code': (_visitor, url) => url.replace(/code=[^&]+/, 'error=access_denied'),
  };
  for (const [what, change] of Object.entries(wrong)) {
    await using visitor = new Visitor();
    const url = change(visitor, await visitor.goToProvider(at('/v1/oidc/start'), '1005'));
    const { status, body } = await visitor.step(url);
    assert.deepEqual([status, body.code], [401, 'provider_refused'], what);
    assert.equal(visitor.cookiesOf(at('/')).has(SIGN_IN), false, what);
    const page = await visitor.step(url, { accept: 'text/html' });
    assert.equal(page.status, 401, what);
    assert.match(page.text, /<h1>The identity provider did not confirm who this is<\/h1>/, what);
  }
});

/** Another value in one part of what the browser keeps: 0 state, 1 nonce, 2 verifier. */
function changeFlow(visitor: Visitor, url: string, part: number): string {
  const cookies = visitor.cookiesOf(url);
  const values = cookies.get(FLOW)!.split('.');
  values[part] = 'x'.repeat(43);
  cookies.set(FLOW, values.join('.'));
  return url;
}

test('a code that was used is refused, also with everything that belonged to it', async () => {
  provider.people.set('1006', { preferred_username: 'rhea', groups: ['staff'] });
  await using visitor = new Visitor();
  const url = await visitor.goToProvider(at('/v1/oidc/start'), '1006');
  const flow = visitor.cookiesOf(url).get(FLOW)!;
  assert.equal((await visitor.step(url)).status, 303);
  await using thief = new Visitor();
  thief.cookiesOf(url).set(FLOW, flow);
  const { status, body } = await thief.step(url);
  assert.deepEqual([status, body.code], [401, 'provider_refused']);
});

test('the provider is asked again after half a day, however the sign-in is used', async () => {
  provider.people.set('1007', { preferred_username: 'dora', groups: ['staff'] });
  await using visitor = new Visitor();
  await signIn(visitor, '1007');
  clockAheadMs += 11 * 3_600_000;
  assert.equal((await self(visitor)).status, 200);
  await server.admin.call(operations.createSignInLink, { body: {} });
  clockAheadMs += 3_600_001;
  assert.equal((await self(visitor)).status, 401);
});

test('a file that others can read, or that says something else than it may, stops the server with the reason', async () => {
  const start = async (change: object) => {
    await writeOidc(change);
    return startTestServer({ oidcFile: file() });
  };
  await assert.rejects(start({ issuer: 'http://id.example' }), /issuer must be an https URL/);
  await assert.rejects(start({ groups: [] }), /groups/);
  await assert.rejects(start({ groups: [{ group: 'a', role: 'root' }] }), /groups/);
  await assert.rejects(start({ groups: [{ group: 'a', role: 'admin', scope: 'site=x' }] }), /an admin has no scope/);
  await assert.rejects(start({ groups: [{ group: 'a', role: 'viewer', scope: '==' }] }), /the scope "==" of a/);
  await assert.rejects(start({ clientSecrt: 'x' }), /--oidc/);
  await chmod(file(), 0o644);
  await assert.rejects(startTestServer({ oidcFile: file() }), /chmod 600/);
  await chmod(file(), 0o600);
});

test('behind a proxy, links and the way back name the proxy', async () => {
  await writeOidc({});
  const proxied = await startTestServer({ oidcFile: file(), consoleUrl: 'https://console.example' });
  const { url } = await proxied.admin.call(operations.createSignInLink, { body: {} });
  assert.match(url, /^https:\/\/console\.example\/sign-in#link=/);
  await using visitor = new Visitor();
  const { location } = await visitor.step(new URL('/v1/oidc/start', proxied.admin.url).href);
  assert.equal(new URL(location!).searchParams.get('redirect_uri'), 'https://console.example/v1/oidc/return');
  await proxied[Symbol.asyncDispose]();
  await assert.rejects(startTestServer({ consoleUrl: 'https://console.example/rollcall' }), /--console-url/);
});
