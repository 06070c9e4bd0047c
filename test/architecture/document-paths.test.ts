import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { documents } from './documents.ts';
import { ROOT } from './source-files.ts';

test('every path and link that a document names is there', () => {
  const missing = documents().flatMap(({ path, text }) => {
    const named = [...text.matchAll(/`((?:packages|attack|test|lab|docs|scripts|bench|systemd)\/[\w./-]+)`/g)].map(
      (match) => match[1] ?? '',
    );
    const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map((match) =>
      join(dirname(path), match[1] ?? ''),
    );
    return [...named, ...linked].filter((name) => !existsSync(join(ROOT, name))).map((name) => `${path} names ${name}`);
  });
  assert.deepEqual(missing, []);
});
