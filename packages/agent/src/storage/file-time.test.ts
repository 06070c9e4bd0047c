import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { fileTime } from './file-time.ts';

test('a file gets the time to the millisecond, from 1970 to 2100', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rollcall-time-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'file');
  writeFileSync(path, '');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (mtimeMs) => {
      utimesSync(path, fileTime(mtimeMs), fileTime(mtimeMs));
      assert.equal(statSync(path, { bigint: true }).mtimeNs / 1_000_000n, BigInt(mtimeMs));
    }),
    { numRuns: 1000 },
  );
});
