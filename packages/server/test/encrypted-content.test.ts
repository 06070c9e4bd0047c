/** Encrypted content over real doors: what travels, who gets the key, and where the key is not. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  HASH_BYTES,
  leafContextText,
  leafEntryBytes,
  Manifest,
  operations,
  isOf,
  type CompletionDecision,
} from '@rollcall/api';
import { LeafCipher } from '@rollcall/transport';
import { TestDevice } from './test-device.ts';
import { startTestServer, upload, type TestServer } from './test-server.ts';

const copy = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
const bytes = Buffer.alloc(300_000, 'what nobody else may read ');

let server: TestServer;
let target: TestDevice;
let stranger: TestDevice;

before(async () => {
  server = await startTestServer({ mode: 'unicast' });
  const { token } = await server.admin.call(operations.createJoinToken, { body: { uses: 2 } });
  target = await TestDevice.join(server, token, 'target');
  stranger = await TestDevice.join(server, token, 'stranger');
  await Promise.all([target.checkIn(), stranger.checkIn()]);
});
after(async () => {
  await Promise.all([target.close(), stranger.close()]);
  await server[Symbol.asyncDispose]();
});

async function createTask(contentId: string): Promise<string> {
  return (await server.admin.call(operations.createTask, { body: { action: copy, contentId, target: 'target' } })).id;
}

function manifestIn(decision: CompletionDecision | undefined): Manifest {
  assert.ok(decision !== undefined && 'manifest' in decision && decision.manifest !== undefined);
  const manifest: unknown = JSON.parse(Buffer.from(decision.manifest.payload, 'base64').toString());
  assert.ok(isOf(Manifest, manifest));
  return manifest;
}

async function fetched(device: TestDevice, path: string, body?: unknown): Promise<Buffer> {
  const answer = await device.client.send(body === undefined ? 'GET' : 'POST', path, { body });
  return Buffer.from(await answer.body.arrayBuffer());
}

test('what travels is ciphertext, its key comes in the manifest of its own task, and to nobody else', async () => {
  const contentId = await upload(server.admin, bytes);
  const taskId = await createTask(contentId);
  const [decision] = await target.ask();
  const { content, contentKey } = manifestIn(decision);
  assert.deepEqual([content.id, content.encoding], [contentId, 'aes-256-gcm']);
  const key = Buffer.from(contentKey!, 'base64url');
  assert.equal(key.length, 32);

  const path = `/v1/device/contents/${contentId}`;
  const whole = await fetched(target, path);
  const leaves = await fetched(target, `${path}/leaves`, { ranges: [[0, content.leafCount]] });
  assert.ok(whole.equals(leaves));
  assert.equal(whole.length, bytes.length);
  assert.ok(!whole.includes('nobody'));
  const table = await fetched(target, `${path}/leaf-table`);
  const cipher = new LeafCipher({ key, context: Buffer.from(leafContextText(content)) });
  const entryBytes = leafEntryBytes(content.encoding);
  const opened = Array.from({ length: content.leafCount }, (_, leaf) => {
    const entry = table.subarray(leaf * entryBytes, (leaf + 1) * entryBytes);
    const travelling = whole.subarray(leaf * content.leafSize, (leaf + 1) * content.leafSize);
    return cipher.decrypt(leaf, { bytes: travelling, tag: entry.subarray(HASH_BYTES) })!;
  });
  assert.ok(Buffer.concat(opened).equals(bytes));

  assert.deepEqual(await stranger.ask(), []);
  for (const [method, where] of [
    ['GET', path],
    ['GET', `${path}/leaf-table`],
    ['POST', `${path}/leaves`],
  ] as const) {
    const body = method === 'POST' ? { body: { ranges: [[0, 1]] } } : {};
    const refused = await stranger.client.send(method, where, body);
    assert.ok([404, 429].includes(refused.statusCode), `${where}: ${refused.statusCode}`);
    assert.ok(!(await refused.body.text()).includes(contentKey!));
  }

  const { admin } = server;
  const shown = JSON.stringify([
    await admin.call(operations.getTask, { params: { id: taskId } }),
    await admin.call(operations.listTasks, {}),
    await admin.call(operations.getDevice, { params: { id: 'target' } }),
    await admin.call(operations.getAttempts, { params: { id: taskId, device: target.id } }),
  ]);
  assert.ok(shown.includes(contentId));
  for (const form of ['base64', 'base64url', 'hex'] as const) assert.ok(!shown.includes(key.toString(form)));
});

test('the same file goes out under the same key while it is kept, another one under another, and a plain one as itself', async () => {
  const first = await upload(server.admin, bytes);
  assert.equal(await upload(server.admin, bytes), first);
  const other = await upload(server.admin, Buffer.alloc(300_000, 1));
  const plain = await upload(server.admin, bytes, { encoding: 'identity' });
  assert.equal(new Set([first, other, plain]).size, 3);

  const keys = new Map<string, string | undefined>();
  for (const contentId of [first, first, other, plain]) {
    const taskId = await createTask(contentId);
    const decisions = await target.ask([{ taskId, attempt: 1, contentId, missing: [] }]);
    const { content, contentKey } = manifestIn(decisions.find((decision) => decision.taskId === taskId));
    assert.equal(
      content.sha256,
      createHash('sha256')
        .update(contentId === other ? Buffer.alloc(300_000, 1) : bytes)
        .digest('hex'),
    );
    if (keys.has(contentId)) assert.equal(contentKey, keys.get(contentId));
    keys.set(contentId, contentKey);
  }
  assert.equal(keys.get(plain), undefined);
  assert.notEqual(keys.get(first), keys.get(other));
});

test('a manifest of public content brings no key', async () => {
  const contentId = await upload(server.admin, Buffer.from('public'), { encoding: 'identity' });
  const body = { action: copy, contentId, target: 'stranger' };
  await server.admin.call(operations.createTask, { body });
  const [decision] = await stranger.ask();
  const manifest = manifestIn(decision);
  assert.deepEqual([manifest.content.encoding, manifest.contentKey], ['identity', undefined]);
  assert.equal((await fetched(stranger, `/v1/device/contents/${contentId}`)).toString(), 'public');
});
