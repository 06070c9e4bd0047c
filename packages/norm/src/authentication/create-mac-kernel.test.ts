import assert from 'node:assert/strict';
import { test } from 'node:test';
import { webAssembly, type WebAssemblyApi } from '../wasm/web-assembly.ts';
import { createMacKernel } from './create-mac-kernel.ts';

const engine = webAssembly();
assert.ok(engine);
const { validate, Module, Memory, Instance } = engine;
const withoutMemory: WebAssemblyApi = {
  validate: (bytes) => validate(bytes),
  Module,
  Instance,
  Memory: class {
    readonly buffer = new ArrayBuffer(0);
    constructor() {
      throw new RangeError('WebAssembly.Memory(): could not allocate memory');
    }
  },
};
assert.ok(Memory);
/** As an engine before SIMD. */
const withoutVectors: WebAssemblyApi = { validate: () => false, Module, Instance, Memory };

test('this Node.js runs the WebAssembly kernel', () => {
  assert.equal(createMacKernel(64).name, 'wasm');
});

test('where WebAssembly, its vectors or its memory are missing, plain JavaScript takes over, unless the other was asked for by name', () => {
  assert.equal(createMacKernel(64, undefined, null).name, 'javascript');
  assert.equal(createMacKernel(64, undefined, withoutMemory).name, 'javascript');
  assert.equal(createMacKernel(64, undefined, withoutVectors).name, 'javascript');
  assert.throws(() => createMacKernel(64, 'wasm', null), RangeError);
  assert.throws(() => createMacKernel(64, 'wasm', withoutMemory), RangeError);
  assert.throws(() => createMacKernel(64, 'wasm', withoutVectors), RangeError);
});
