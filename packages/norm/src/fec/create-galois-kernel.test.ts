import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGaloisKernel, fastestKernelName } from './create-galois-kernel.ts';
import { type WebAssemblyApi, webAssembly } from '../wasm/web-assembly.ts';

const SIZE = { memorySize: 1000, rowCount: 2, columnCount: 4 };
const engine = webAssembly();
assert.ok(engine);

/** An engine that knows WebAssembly, but not the vector instructions. */
const withoutVectors: WebAssemblyApi = { ...pick(engine), validate: () => false };
/** One that may not reserve the address space for a memory. */
const withoutMemory: WebAssemblyApi = {
  ...pick(engine),
  Memory: class {
    readonly buffer = new ArrayBuffer(0);
    constructor() {
      throw new RangeError('WebAssembly.Memory(): could not allocate memory');
    }
  },
};

test('this Node.js runs the WebAssembly kernel', () => {
  assert.equal(createGaloisKernel(SIZE).name, 'wasm-simd');
  assert.equal(fastestKernelName(), 'wasm-simd');
});

test('where WebAssembly, its vectors or its memory are missing, plain JavaScript takes over', () => {
  assert.equal(createGaloisKernel(SIZE, undefined, withoutVectors).name, 'javascript');
  assert.equal(fastestKernelName(withoutVectors), 'javascript');
  assert.equal(fastestKernelName(null), 'javascript');
  assert.equal(createGaloisKernel(SIZE, undefined, withoutMemory).name, 'javascript');
  assert.equal(createGaloisKernel(SIZE, undefined, null).name, 'javascript');
});

test('a kernel that was asked for by name is not replaced by another', () => {
  assert.equal(createGaloisKernel(SIZE, 'javascript').name, 'javascript');
  assert.throws(() => createGaloisKernel(SIZE, 'wasm-simd', withoutVectors), RangeError);
  assert.throws(() => createGaloisKernel(SIZE, 'wasm-simd', withoutMemory), RangeError);
});

function pick({ validate, Module, Memory, Instance }: WebAssemblyApi): WebAssemblyApi {
  return { validate, Module, Memory, Instance };
}
