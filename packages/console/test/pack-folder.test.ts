import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { packFolder } from '../src/model/pack-folder.ts';

const file = (text: string): File => new File([text], 'x', { lastModified: 1_700_000_000_000 });
const LONG = `${'sub/'.repeat(30)}ünïcode.txt`;

test('tar finds in the archive what is in the folder, long names and empty folders too, in one order', async () => {
  const entries = [
    { path: 'z.txt', file: file('last') },
    { path: LONG, file: file('far down') },
    { path: 'empty' },
    { path: 'a.bin', file: file('a'.repeat(512)) },
  ];
  const archive = packFolder('menu', entries).file;
  assert.deepEqual([archive.name, archive.lastModified, archive.size % 512], ['menu', 1_700_000_000_000, 0]);
  const input = Buffer.from(await archive.arrayBuffer());
  const tar = (...args: string[]): string =>
    execFileSync('tar', args, { input, env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' } }).toString();
  const listed = tar('-tf', '-').trim().split('\n');
  assert.deepEqual(
    listed.filter((name) => !name.startsWith('sub/')),
    ['./', 'a.bin', 'empty/', 'z.txt'],
  );
  assert.equal(listed.filter((name) => name.startsWith('sub/')).length, 31);
  assert.deepEqual([tar('-xOf', '-', LONG), tar('-xOf', '-', 'z.txt')], ['far down', 'last']);
  assert.match(tar('-tvf', '-'), /^-rw-r--r-- 0\/0 +512 2023-11-14 22:13 a\.bin$/m);
  const again = Buffer.from(await packFolder('menu', entries.toReversed()).file.arrayBuffer());
  assert.deepEqual(again, input);
});

test('a file that is too large for the header has its size before it', async () => {
  const size = 9 * 1024 ** 3;
  class Large extends File {
    override get size(): number {
      return size;
    }
  }
  const { index } = packFolder('disk', [{ path: 'image.raw', file: new Large([], 'image.raw') }]);
  const text = Buffer.from(await index.arrayBuffer()).toString('latin1');
  // The folder's own header, that of the records, the records, and the file's.
  assert.equal(text[512 + 156], 'x');
  assert.ok(text.slice(1024, 1536).includes(`size=${size}\n`));
  assert.equal(text.slice(1536 + 124, 1536 + 135), '77777777777');
});

test('another name or time in a folder is another archive to go on with', async () => {
  const indexOf = async (path: string, lastModified: number): Promise<string> => {
    const { index } = packFolder('menu', [{ path, file: new File(['x'], 'x', { lastModified }) }]);
    return index.text();
  };
  const first = await indexOf('a.txt', 1_700_000_000_000);
  assert.equal(await indexOf('a.txt', 1_700_000_000_000), first);
  assert.notEqual(await indexOf('b.txt', 1_700_000_000_000), first);
  assert.notEqual(await indexOf('a.txt', 1_700_000_001_000), first);
});
