import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { buildKernel, KERNELS } from '../../../../scripts/build-kernels.ts';

test('the committed kernel is what the compiler makes of its source', async () => {
  const committed = await readFile(new URL('mac-kernel-wasm.generated.ts', import.meta.url), 'utf8');
  assert.equal(await buildKernel(KERNELS.mac), committed);
});
