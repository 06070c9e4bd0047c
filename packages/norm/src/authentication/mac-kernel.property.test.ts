import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createMacKernel } from './create-mac-kernel.ts';
import type { MacKernel, MacKernelName } from './mac-kernel.ts';

const MESSAGE_SIZE_MAX = 2048;
const KERNELS = {
  wasm: createMacKernel(MESSAGE_SIZE_MAX, 'wasm'),
  javascript: createMacKernel(MESSAGE_SIZE_MAX, 'javascript'),
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
  kernel.message.set(message);
  kernel.compute(message.length);
  return Buffer.from(kernel.tag).toString('hex');
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
      kernel.message.fill(0);
      const tag = tagOf(kernel, key, message);
      kernel.message.fill(0xff, message.length);
      assert.equal(tagOf(kernel, key, message), tag);
      assert.deepEqual(Buffer.from(kernel.message.subarray(0, message.length)), message);
      assert.deepEqual(Buffer.from(kernel.key), key);
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
