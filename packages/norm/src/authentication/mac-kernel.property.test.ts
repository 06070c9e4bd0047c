import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createMacKernel } from './create-mac-kernel.ts';
import { NH_KEY_SIZE, NH_RESULT_SIZE, type MacKernel, type MacKernelName } from './mac-kernel.ts';

const MESSAGE_SIZE_MAX = 4096;
/** Where NH's results go, behind the longest message and a group of zeros. */
const RESULTS_AT = MESSAGE_SIZE_MAX + 64;
const MEMORY_SIZE = RESULTS_AT + 128;
const KERNELS = {
  wasm: createMacKernel(MEMORY_SIZE, 'wasm'),
  javascript: createMacKernel(MEMORY_SIZE, 'javascript'),
};
/** The 64 that the algorithm's authors publish, and one that OpenSSL computed. */
const VECTORS = JSON.parse(readFileSync(new URL('../../vectors/sip-hash.json', import.meta.url), 'utf8')) as readonly {
  readonly note: string;
  readonly key: string;
  readonly message: string;
  readonly tag: string;
}[];

function tagOf(kernel: MacKernel, key: Uint8Array, message: Uint8Array): string {
  kernel.key.set(key);
  kernel.memory.set(message);
  kernel.sipHash(0, message.length);
  return Buffer.from(kernel.tag).toString('hex');
}

function nhOf(kernel: MacKernel, key: Uint8Array, message: Uint8Array, at = 0): string {
  kernel.nhKey.set(key);
  kernel.memory.fill(0);
  kernel.memory.set(message, at);
  const end = kernel.nh(at, message.length, RESULTS_AT);
  return Buffer.from(kernel.memory.subarray(RESULTS_AT, end)).toString('hex');
}

for (const name of ['wasm', 'javascript'] as const satisfies readonly MacKernelName[]) {
  describe(`the ${name} kernel`, () => {
    const kernel = KERNELS[name];

    test('computes the published vectors', () => {
      assert.equal(VECTORS.length, 65);
      for (const { note, key, message, tag } of VECTORS) {
        assert.equal(tagOf(kernel, Buffer.from(key, 'hex'), Buffer.from(message, 'hex')), tag, note);
      }
    });

    test('looks at no byte behind the message, and changes neither message nor key', () => {
      const message = Buffer.from('rollcall', 'latin1').subarray(0, 5);
      const key = Buffer.alloc(16, 7);
      kernel.memory.fill(0);
      const tag = tagOf(kernel, key, message);
      kernel.memory.fill(0xff, message.length);
      assert.equal(tagOf(kernel, key, message), tag);
      assert.deepEqual(Buffer.from(kernel.memory.subarray(0, message.length)), message);
      assert.deepEqual(Buffer.from(kernel.key), key);
    });

    test('hashes as RFC 4418 says: UMAC made of it gives the tags that the RFC publishes', () => {
      for (const [message, tag] of UMAC) assert.equal(umac(kernel, Buffer.from(message)), tag, message.slice(0, 9));
    });
  });
}

test('both kernels give the same tag for every key and message', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uint8Array({ maxLength: MESSAGE_SIZE_MAX }),
      (key, message) => {
        assert.equal(tagOf(KERNELS.javascript, key, message), tagOf(KERNELS.wasm, key, message));
      },
    ),
  );
});

test('both kernels give the same hash for every key and message, wherever it lies', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: NH_KEY_SIZE, maxLength: NH_KEY_SIZE }),
      fc.uint8Array({ maxLength: MESSAGE_SIZE_MAX - 64, size: 'max' }),
      fc.nat(63),
      (key, message, at) => {
        const hash = nhOf(KERNELS.javascript, key, message, at);
        assert.equal(hash.length, 2 * NH_RESULT_SIZE * Math.ceil(message.length / 1024));
        assert.equal(hash, nhOf(KERNELS.wasm, key, message));
      },
    ),
  );
  const [ones, key] = [Buffer.alloc(2048, 0xff), Buffer.alloc(NH_KEY_SIZE)];
  assert.equal(nhOf(KERNELS.javascript, key, ones), nhOf(KERNELS.wasm, key, ones), 'the largest sums');
});

test('another key, or one bit of the message, gives another tag', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uint8Array({ minLength: 1, maxLength: 64 }),
      fc.nat(),
      (key, message, position) => {
        const tag = tagOf(KERNELS.wasm, key, message);
        assert.notEqual(tagOf(KERNELS.wasm, key, flipped(message, position)), tag);
        assert.notEqual(tagOf(KERNELS.wasm, flipped(key, position), message), tag);
      },
    ),
  );
});

function flipped(bytes: Uint8Array, position: number): Uint8Array {
  const bit = position % (bytes.length * 8);
  const copy = bytes.slice();
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

/** RFC 4418, Appendix: the first two words of UMAC-96 under the key `abcdefghijklmnop` and the nonce `bcdefghi`. */
const UMAC = [
  ['', '32fedb100c79ad58'],
  ['aaa', '185e4fe905cba7bd'],
  ['a'.repeat(1024), '7a54abe04af82d60'],
  ['abc', '883c3d4b97a61976'],
  ['abc'.repeat(500), '8824a260c53c66a3'],
] as const;

/** Two words of UMAC for messages of up to 16 MiB: its first layer by the kernel, the others in plain arithmetic. */
function umac(kernel: MacKernel, message: Buffer): string {
  const key = Buffer.from('abcdefghijklmnop');
  // The RFC reads the words of keys highest byte first.
  const l1Key = umacKey(key, 1, NH_KEY_SIZE).swap32();
  const l2Keys = umacKey(key, 2, 48);
  const l3Keys = umacKey(key, 3, 128);
  const l3Pads = umacKey(key, 4, 8);
  const hash = Buffer.from(nhOf(kernel, l1Key, message.length === 0 ? Buffer.alloc(1) : message), 'hex');
  const pad = aesOf(umacKey(key, 0, 16), Buffer.concat([Buffer.from('bcdefghi'), Buffer.alloc(8)]));
  const tag = Buffer.alloc(8);
  for (let half = 0; half < 2; half += 1) {
    const words: bigint[] = [];
    for (let at = 0; at < hash.length; at += NH_RESULT_SIZE) {
      const bits = BigInt(8 * Math.max(0, Math.min(1024, message.length - at * 64)));
      words.push((hash.readBigUInt64LE(at + 8 * half) + bits) % 2n ** 64n);
    }
    const l2 = words.length === 1 ? words[0]! : poly64(l2Keys.readBigUInt64BE(24 * half), words);
    tag.writeUInt32BE((l3Hash(l3Keys.subarray(64 * half), l2) ^ l3Pads.readUInt32BE(4 * half)) >>> 0, 4 * half);
  }
  for (let at = 0; at < 8; at += 1) tag[at]! ^= pad[at]!;
  return tag.toString('hex');
}

/** KDF, §3.2.1 */
function umacKey(key: Buffer, index: number, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let count = 1; blocks.length * 16 < length; count += 1) {
    const input = Buffer.alloc(16);
    input[7] = index;
    input.writeUInt32BE(count, 12);
    blocks.push(aesOf(key, input));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function aesOf(key: Buffer, block: Buffer): Buffer {
  return createCipheriv('aes-128-ecb', key, null).update(block);
}

/** POLY with words of 64 bits, §5.3.2, for results of NH that are far from the prime. */
function poly64(key: bigint, words: readonly bigint[]): bigint {
  const prime = 2n ** 64n - 59n;
  const masked = key & 0x01ffffff01ffffffn;
  return words.reduce((sum, word) => {
    assert.ok(word < 2n ** 64n - 2n ** 32n);
    return (masked * sum + word) % prime;
  }, 1n);
}

/** L3-HASH, §5.4.1, of 128 bits whose upper half is zero. */
function l3Hash(keys: Buffer, value: bigint): number {
  const prime = 2n ** 36n - 5n;
  let sum = 0n;
  for (let word = 0; word < 4; word += 1) {
    sum += (keys.readBigUInt64BE(8 * (4 + word)) % prime) * ((value >> BigInt(48 - 16 * word)) & 0xffffn);
  }
  return Number((sum % prime) % 2n ** 32n);
}
