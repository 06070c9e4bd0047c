import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Manifest, MANIFEST_TYPE } from '@rollcall/api';
import { judgeManifest } from './judge-manifest.ts';

const MINUTE = 60_000;
const UTC = Date.UTC(2026, 5, 1);

const manifest: Manifest = {
  taskId: 'task',
  attempt: 2,
  action: { kind: 'copy', to: 'x', form: 'file', name: 'x' },
  content: {
    id: 'a'.repeat(64),
    encoding: 'identity',
    size: 100,
    leafSize: 65536,
    leafCount: 1,
    root: '0'.repeat(64),
    sha256: '0'.repeat(64),
  },
  audience: ['device'],
  weight: 100,
  createdAt: UTC,
  notBefore: UTC,
  expiresAt: UTC + 60 * MINUTE,
  timeoutSeconds: 60,
};

/** Signatures are the envelope's matter: here every one of this key is right. */
const key = { keyId: 'key', verify: () => true };

function judge(
  statement: unknown,
  { utc = UTC, deviceId = 'device', taskId = 'task', isAdvance = false } = {},
): string {
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  const sealed = { payloadType: MANIFEST_TYPE, payload, signatures: [{ keyid: 'key', sig: '' }] };
  const named = { taskId, attempt: 2, manifest: sealed, isAdvance };
  const judged = judgeManifest(named, { deviceId, utc, keys: [key] });
  if (judged.ok) return 'ok';
  assert.match(judged.error.code, /^[a-z_]+$/);
  assert.match(judged.error.message, /^the manifest was refused: .+[:.] .+/);
  return judged.error.code;
}

test('a manifest for this device, this task and now is taken', () => {
  assert.equal(judge(manifest), 'ok');
  assert.equal(judge(manifest, { utc: UTC + 60 * MINUTE - 1 }), 'ok');
});

test('one for another device, about another task or attempt, or that makes no sense is refused', () => {
  assert.equal(judge(manifest, { deviceId: 'other' }), 'wrong_audience');
  assert.equal(judge(manifest, { taskId: 'other' }), 'wrong_task');
  assert.equal(judge({ ...manifest, attempt: 1 }), 'wrong_task');
  assert.equal(judge({ ...manifest, action: { kind: 'format' } }), 'bad_manifest');
  assert.equal(judge(null), 'bad_manifest');
  assert.equal(judge({ ...manifest, content: { ...manifest.content, leafCount: 7 } }), 'bad_manifest');
});

test('one that has expired, or is for later, is refused; what is only to be known may be for later', () => {
  assert.equal(judge(manifest, { utc: UTC + 60 * MINUTE }), 'expired_manifest');
  assert.equal(judge(manifest, { utc: UTC - 4 * MINUTE }), 'ok');
  assert.equal(judge(manifest, { utc: UTC - 6 * MINUTE }), 'not_yet_valid');
  assert.equal(judge(manifest, { utc: UTC - 6 * MINUTE, isAdvance: true }), 'ok');
  assert.equal(judge({ ...manifest, notBefore: 1e300 }), 'not_yet_valid');
});
