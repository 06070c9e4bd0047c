import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { DirectorKeys, type Envelope, isOf, preAuthEncoding } from '@rollcall/api';
import { CertificateAuthority } from './certificate-authority.ts';
import { Director } from './director.ts';

function statementOf({ payload }: Envelope): unknown {
  return JSON.parse(Buffer.from(payload, 'base64').toString());
}

function messageOf({ payloadType, payload }: Envelope): Uint8Array {
  return preAuthEncoding(payloadType, Buffer.from(payload, 'base64'));
}

test('the director is made once, for the owner alone; the authority vouches for its key, and its key for what it signs', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'rollcall-director-'));
  try {
    const authority = await CertificateAuthority.open(folder, Date.now());
    const director = await Director.open(folder, authority);
    assert.equal((await stat(path.join(folder, 'director.key'))).mode & 0o777, 0o600);

    const [byAuthority] = director.keys.signatures;
    assert.equal(byAuthority!.keyid, `ecdsa-p256-sha256:${authority.pin}`);
    const isVouched = verify(
      'sha256',
      messageOf(director.keys),
      authority.pem,
      Buffer.from(byAuthority!.sig, 'base64'),
    );
    assert.ok(isVouched);
    const statement = statementOf(director.keys);
    assert.ok(isOf(DirectorKeys, statement));
    const [{ keyId, publicKey }] = statement.keys as [DirectorKeys['keys'][number]];

    const time = director.signTime(17, 'n'.repeat(22));
    assert.deepEqual(statementOf(time), { serverTime: 17, nonce: 'n'.repeat(22) });
    const [byDirector] = time.signatures;
    assert.equal(byDirector!.keyid, keyId);
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    assert.ok(verify(null, messageOf(time), key, Buffer.from(byDirector!.sig, 'base64')));

    const again = await Director.open(folder, await CertificateAuthority.open(folder, Date.now()));
    assert.deepEqual(statementOf(again.keys), statement);
    assert.deepEqual(again.signTime(17, 'n'.repeat(22)), time);
  } finally {
    await rm(folder, { recursive: true });
  }
});
