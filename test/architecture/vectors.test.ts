import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { ROOT, sourceFiles } from './source-files.ts';

test('every byte vector is read by a test', () => {
  const vectors = globSync('packages/norm/vectors/**/*.json', { cwd: ROOT });
  assert.ok(vectors.length > 0);
  const tests = sourceFiles().filter((file) => file.isTest);
  const unused = vectors.filter((vector) => !tests.some((file) => mentions(file.code, basename(vector, '.json'))));
  assert.deepEqual(unused, []);
});

/** By its file's name, or by the name alone, as in `readVectors('nack')`. */
function mentions(code: string, name: string): boolean {
  return [`${name}.json`, `'${name}'`].some((text) => code.includes(text));
}
