import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceFiles } from './source-files.ts';

/** Written so that a search for these words does not find this file. */
const LEFTOVERS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:TOD[O]|FIXM[E]|not implemente[d])\b/, 'finish it, or open an issue'],
  [/\b(?:it|test|describe)\.(?:only|todo)\(|\{\s*only:\s*true/, 'a test that runs alone hides the others'],
  [/\b(?:it|test|describe)\.skip\(|\bskip:\s*true\b/, 'a skipped test says why: skip: reason'],
];

test('nothing is left unfinished or switched off', () => {
  const violations = sourceFiles()
    .filter((file) => !file.path.endsWith('leftovers.test.ts'))
    .flatMap((file) =>
      file.text
        .split('\n')
        .flatMap((line, index) =>
          LEFTOVERS.filter(([pattern]) => pattern.test(line)).map(
            ([, advice]) => `${file.path}:${index + 1} ${line.trim()} (${advice})`,
          ),
        ),
    );
  assert.deepEqual(violations, []);
});
