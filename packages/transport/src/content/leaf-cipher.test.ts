import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { LeafCipher } from './leaf-cipher.ts';

const key = Uint8Array.from({ length: 32 }, (_, index) => index);
const context = Buffer.from('how it is cut');
const cipher = new LeafCipher({ key, context });

test('a leaf opens with its key, as this leaf of this content, and not a byte of it may be another', () => {
  const plaintext = randomBytes(100);
  const { bytes, tag } = cipher.encrypt(3, plaintext);
  assert.equal(bytes.length, plaintext.length);
  assert.ok(plaintext.equals(cipher.decrypt(3, { bytes, tag })!));
  assert.equal(cipher.decrypt(2, { bytes, tag }), undefined);
  assert.equal(cipher.decrypt(3, { bytes: bytes.subarray(0, 99), tag }), undefined);
  assert.equal(new LeafCipher({ key: randomBytes(32), context }).decrypt(3, { bytes, tag }), undefined);
  assert.equal(new LeafCipher({ key, context: Buffer.from('otherwise') }).decrypt(3, { bytes, tag }), undefined);
  for (let bit = 0; bit < 8 * (bytes.length + tag.length); bit += 1) {
    const altered = Buffer.concat([bytes, tag]);
    altered[bit >> 3]! ^= 1 << (bit & 7);
    const leaf = { bytes: altered.subarray(0, bytes.length), tag: altered.subarray(bytes.length) };
    assert.equal(cipher.decrypt(3, leaf), undefined, `bit ${bit}`);
  }
});

test('what is encrypted twice comes out the same, whatever was encrypted in between', () => {
  const leaf = fc.record({ index: fc.nat(2 ** 31 - 1), bytes: fc.uint8Array({ maxLength: 300 }) });
  fc.assert(
    fc.property(leaf, leaf, (one, other) => {
      const first = cipher.encrypt(one.index, one.bytes);
      cipher.encrypt(other.index, other.bytes);
      assert.deepEqual(cipher.encrypt(one.index, one.bytes), first);
      assert.deepEqual(Buffer.from(cipher.decrypt(one.index, first)!), Buffer.from(one.bytes));
    }),
  );
});

test('the bytes on the wire are these', () => {
  // AES-256-GCM, key 00 01 … 1f, nonce 00…05, additional data "how it is cut"; made by Python's cryptography.
  const { bytes, tag } = cipher.encrypt(5, Buffer.from('rollcall'));
  assert.equal(Buffer.from(bytes).toString('hex'), 'eaceae0ea0dff921');
  assert.equal(Buffer.from(tag).toString('hex'), '3337071dfb730adb60d77f24ff546ee6');
});
