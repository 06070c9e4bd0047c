import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { mkdtempDisposable, open, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CastDigest } from './cast-digest.ts';

const CONTENT = randomBytes(1_500_000);
const SHA256 = hash('sha256', CONTENT);

async function withFile(use: (file: FileHandle) => Promise<void>): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'rollcall-digest-'));
  const path = join(folder.path, 'received');
  await writeFile(path, CONTENT);
  await using file = await open(path, 'r');
  await use(file);
}

test("the session's digest is taken as it is told", async () => {
  await withFile(async (file) => {
    const castDigest = new CastDigest(file);
    castDigest.advance(1_000_000);
    const digest = castDigest.digest(CONTENT.length);
    castDigest.onTold('of the session');
    assert.equal(await digest, 'of the session');
    castDigest.onTold(undefined);
    assert.equal(await castDigest.digest(CONTENT.length), 'of the session', 'its end takes nothing back');
  });
});

for (const when of ['in mid-transfer', 'at the end']) {
  test(`where the session makes none, told ${when}, it comes from the file`, async () => {
    await withFile(async (file) => {
      const castDigest = new CastDigest(file);
      if (when === 'in mid-transfer') castDigest.onTold(undefined);
      castDigest.advance(1_000_000);
      const digest = castDigest.digest(CONTENT.length);
      if (when === 'at the end') castDigest.onTold(undefined);
      assert.equal(await digest, SHA256);
    });
  });
}
