import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { playTarget } from './play-target.ts';
import { TARGETS } from './targets.ts';

/** Another one each day would find more; the same one each time tells what a change broke. */
const SEED = 1;
const FINDINGS = join(import.meta.dirname, 'findings');

interface Finding {
  readonly hex: string;
  /** What it broke. */
  readonly note: string;
}

for (const [name, open] of Object.entries(TARGETS)) {
  test(`${name}: mutated and made-up inputs`, async () => {
    const target = await open(SEED);
    try {
      const { acceptedCount, refusedCount } = await playTarget(target, target.shortCount, SEED);
      assert.ok(acceptedCount > 0, 'some cases are accepted: the others die at the first byte');
      assert.ok(refusedCount > 0 || name === 'leaf-journal', 'some are refused');
    } finally {
      await target.close?.();
    }
  });
}

for (const file of globSync('*.json', { cwd: FINDINGS })) {
  const name = basename(file, '.json');
  test(`${name}: what fuzzing found before`, async () => {
    const open = TARGETS[name];
    assert.ok(open !== undefined, `${file} is named after a decoder`);
    const target = await open(SEED);
    try {
      for (const { hex } of JSON.parse(readFileSync(join(FINDINGS, file), 'utf8')) as readonly Finding[]) {
        await target.check(Uint8Array.from(Buffer.from(hex, 'hex')));
      }
    } finally {
      await target.close?.();
    }
  });
}
