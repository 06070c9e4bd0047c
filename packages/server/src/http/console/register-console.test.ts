import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { registerConsole } from './register-console.ts';

const SCRIPT = 'export const answer = 42;';
let folder: string;
let app: FastifyInstance;

before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'rollcall-console-'));
  mkdirSync(path.join(folder, 'assets'));
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(path.join(folder, 'assets/main-1a2b.js'), SCRIPT);
  writeFileSync(path.join(folder, 'assets/main-1a2b.js.gz'), gzipSync(SCRIPT));
  writeFileSync(path.join(folder, 'secret.txt'), 'not a file of the console');
  app = fastify();
  registerConsole(app, folder);
});
after(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the page is there for every place of the console, under a strict policy, and is asked for each time', async () => {
  for (const url of ['/', '/tasks/01a2', '/devices/till-1.north', '/settings/audit?x=1']) {
    const answer = await app.inject({ url });
    assert.deepEqual([answer.statusCode, answer.body], [200, '<!doctype html>'], url);
    assert.equal(answer.headers['cache-control'], 'no-cache');
    const policy = String(answer.headers['content-security-policy']);
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.doesNotMatch(policy, /unsafe|\*|data:|https?:/);
  }
});

test('a file with a hash in its name is kept for ever, and travels compressed', async () => {
  const url = '/assets/main-1a2b.js';
  const plain = await app.inject({ url });
  assert.equal(plain.body, SCRIPT);
  assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
  const packed = await app.inject({ url, headers: { 'accept-encoding': 'gzip, br' } });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.deepEqual(packed.rawPayload, gzipSync(SCRIPT));
  const again = await app.inject({ url, headers: { 'if-none-match': String(plain.headers['etag']) } });
  assert.deepEqual([again.statusCode, again.body], [304, '']);
});

test('what is no file of the console is not found, and operations are none of its business', async () => {
  for (const url of ['/assets/other.js', '/secret.txt', '/../package.json', '/v1/nothing', '/v1']) {
    const answer = await app.inject({ url });
    assert.equal(answer.statusCode, 404, url);
    assert.match(String(answer.headers['content-type']), /problem\+json/);
  }
});

test('a server without a console says how to build it', async () => {
  const bare = fastify();
  registerConsole(bare, undefined);
  const answer = await bare.inject({ url: '/' });
  assert.equal(answer.statusCode, 503);
  assert.match(answer.body, /npm run build/);
  await bare.close();
});
