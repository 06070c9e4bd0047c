import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

/** What a page may spend on talking to its server. */
const GZIP_BYTES_MAX = 5 * 1024;
const DOORS = ['@rollcall/client', '@rollcall/client/format', '@rollcall/client/task'];

for (const door of DOORS) {
  test(`in a browser ${door} weighs little, and brings neither schemas nor anything of Node.js`, async () => {
    const bundle = await rolldown({ input: fileURLToPath(import.meta.resolve(door)), platform: 'browser' });
    const { output } = await bundle.generate({ format: 'esm', minify: true });
    await bundle.close();
    const modules = output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []));
    assert.deepEqual(
      modules.filter((id) => !/packages\/client\/src\/|eventsource-parser|rolldown/.test(id)),
      [],
    );
    const size = output.reduce((sum, part) => sum + gzipSync(part.type === 'chunk' ? part.code : '').length, 0);
    assert.ok(size < GZIP_BYTES_MAX, `${size} bytes`);
  });
}
