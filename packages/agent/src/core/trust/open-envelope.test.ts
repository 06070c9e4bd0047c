import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { type Envelope, limits, preAuthEncoding } from '@rollcall/api';
import fc from 'fast-check';
import { openEnvelope, type TrustedKey } from './open-envelope.ts';

const TYPE = 'application/vnd.example+json';
/** The keys of RFC 8032 §7.1, tests 1 and 2. */
const [ours, stranger] = [
  '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
  '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
].map((seed) =>
  createPrivateKey({
    key: Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex'),
    format: 'der',
    type: 'pkcs8',
  }),
) as [KeyObject, KeyObject];
const trusted: TrustedKey = {
  keyId: 'ours',
  verify: (message, signature) => verify(null, message, createPublicKey(ours), signature),
};

function signatureOf(key: KeyObject, type: string, body: Uint8Array, keyid = 'ours') {
  return { keyid, sig: sign(null, preAuthEncoding(type, body), key).toString('base64') };
}

function sealed(statement: unknown, fields: Partial<Envelope> = {}): Envelope {
  const body = Buffer.from(JSON.stringify(statement));
  const signatures = [signatureOf(ours, TYPE, body)];
  return { payloadType: TYPE, payload: body.toString('base64'), signatures, ...fields };
}

const open = (envelope: Envelope) => openEnvelope(envelope, TYPE, [trusted]);
const codeOf = (envelope: Envelope) => {
  const opened = open(envelope);
  return opened.ok ? 'opened' : opened.error.code;
};

test('an envelope that a trusted key signed is opened', () => {
  assert.deepEqual(open(sealed({ a: 'ü' })), { ok: true, statement: { a: 'ü' } });
});

test('a published envelope of DSSE v1, signed by the key of RFC 8032, is opened, in either alphabet', () => {
  const type = 'application/vnd.in-toto+json';
  const payload = 'eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ==';
  const sig = '2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA==';
  const urlSafe = sig.replaceAll('+', '-').replaceAll('/', '_');
  for (const signature of [{ keyid: 'ours', sig }, { sig }, { sig: urlSafe }]) {
    const opened = openEnvelope({ payloadType: type, payload, signatures: [signature] }, type, [trusted]);
    assert.deepEqual(opened, { ok: true, statement: { _type: 'https://in-toto.io/Statement/v1' } });
  }
});

test('what is altered, by another key, or not signed is refused, whatever the key id says', () => {
  const good = sealed({ a: 1 });
  const body = Buffer.from('{"a":1}');
  assert.equal(codeOf({ ...good, payload: Buffer.from('{"a":2}').toString('base64') }), 'bad_signature');
  assert.equal(codeOf({ ...good, signatures: [signatureOf(stranger, TYPE, body)] }), 'bad_signature');
  assert.equal(codeOf({ ...good, signatures: [signatureOf(ours, TYPE, body, 'another')] }), 'bad_signature');
  assert.equal(codeOf({ ...good, signatures: [] }), 'bad_signature');
  assert.equal(codeOf({ ...good, signatures: [{ keyid: 'ours', sig: '' }] }), 'bad_signature');
  assert.equal(codeOf({ ...good, signatures: [{ keyid: 'ours', sig: 'A'.repeat(10_000) }] }), 'bad_signature');
  assert.equal(openEnvelope(good, TYPE, []).ok, false);
});

test('what was signed as one thing is not taken for another', () => {
  const asOther = sealed({ a: 1 }, { payloadType: 'application/vnd.other+json' });
  assert.equal(codeOf(asOther), 'bad_envelope');
  const body = Buffer.from('{"a":1}');
  const relabelled = sealed({ a: 1 }, { signatures: [signatureOf(ours, 'application/vnd.other+json', body)] });
  assert.equal(codeOf(relabelled), 'bad_signature');
});

test('a second signature does no harm, and does not help', () => {
  const body = Buffer.from('{"a":1}');
  const [good, bad] = [signatureOf(ours, TYPE, body), signatureOf(stranger, TYPE, body, 'theirs')];
  assert.equal(codeOf(sealed({ a: 1 }, { signatures: [bad, good] })), 'opened');
  assert.equal(codeOf(sealed({ a: 1 }, { signatures: [bad, bad] })), 'bad_signature');
  const many = Array.from({ length: limits.SIGNATURES_MAX + 1 }, () => good);
  assert.equal(codeOf(sealed({ a: 1 }, { signatures: many })), 'bad_envelope');
});

test('what is too long is refused before it is hashed, what is no base64 or JSON is refused', () => {
  let verifications = 0;
  const counting: TrustedKey = { keyId: 'ours', verify: () => (verifications += 1) > 0 };
  const payload = 'A'.repeat(limits.STATEMENT_BYTES_MAX * 2);
  assert.equal(openEnvelope(sealed(1, { payload }), TYPE, [counting]).ok, false);
  assert.equal(verifications, 0);
  assert.equal(codeOf(sealed(1, { payload: '*' })), 'bad_envelope');
  const body = Buffer.from([0xff, 0xfe]);
  const signatures = [signatureOf(ours, TYPE, body)];
  assert.equal(codeOf({ payloadType: TYPE, payload: body.toString('base64'), signatures }), 'bad_envelope');
});

test('no change of a bit in payload or signature is opened', () => {
  const good = sealed({ task: 'one', attempt: 1 });
  const flipped = (text: string, bit: number): string => {
    const bytes = Buffer.from(text, 'base64');
    bytes[Math.floor(bit / 8) % bytes.length]! ^= 1 << (bit % 8);
    return bytes.toString('base64');
  };
  fc.assert(
    fc.property(fc.nat(10_000), fc.boolean(), (bit, isPayload) => {
      const [{ keyid, sig }] = good.signatures as [{ keyid: string; sig: string }];
      const altered = isPayload
        ? { ...good, payload: flipped(good.payload, bit) }
        : { ...good, signatures: [{ keyid, sig: flipped(sig, bit) }] };
      assert.equal(codeOf(altered), 'bad_signature');
    }),
  );
});
