import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { test } from 'node:test';
import { certificateRequest } from './certificate-request.ts';

test('a certificate request carries the public key and a signature that proves the private one', () => {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = certificateRequest(keys);
  assert.match(
    pem,
    /^-----BEGIN CERTIFICATE REQUEST-----\n(?:[A-Za-z0-9+/=]{1,64}\n)+-----END CERTIFICATE REQUEST-----\n$/,
  );
  const [info, algorithm, signature] = members(
    members(Buffer.from(pem.replaceAll(/-----.*-----|\n/g, ''), 'base64'))[0]!.body,
  );
  assert.equal(algorithm!.body.toString('hex'), '06082a8648ce3d040302');
  const [version, subject, spki, attributes] = members(info!.body);
  assert.deepEqual([version!.body, subject!.body.length, attributes!.body.length], [Buffer.from([0]), 0, 0]);
  const publicKey = createPublicKey({ key: spki!.whole, format: 'der', type: 'spki' });
  assert.ok(publicKey.equals(keys.publicKey));
  assert.ok(verify('sha256', info!.whole, publicKey, signature!.body.subarray(1)));
});

/** The values back to back in DER, with lengths in their shortest form. */
function members(bytes: Buffer): { readonly body: Buffer; readonly whole: Buffer }[] {
  const found = [];
  for (let start = 0; start < bytes.length;) {
    const first = bytes[start + 1]!;
    const count = first < 0x80 ? 0 : first & 0x7f;
    const length = count === 0 ? first : bytes.readUIntBE(start + 2, count);
    assert.ok(count === 0 || length >= (count === 1 ? 0x80 : 0x100));
    const end = start + 2 + count + length;
    found.push({ body: bytes.subarray(start + 2 + count, end), whole: bytes.subarray(start, end) });
    start = end;
  }
  return found;
}
