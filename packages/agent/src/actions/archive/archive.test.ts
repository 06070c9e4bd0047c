import assert from 'node:assert/strict';
import { createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib';
import { lstat, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type TestContext, describe, test } from 'node:test';
import { DirectoryHandle } from '../../storage/directory-handle.ts';
import type { ActionCode } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { type ArchiveEntry, type Content, snapshot, tarOf, zipOf } from '../action-fixture.ts';
import { unpackArchive } from './unpack-archive.ts';

const formats = ['tar', 'tar.gz', 'tar.zst', 'zip'] as const;

async function workspace(t: TestContext): Promise<{ archive: string; target: string; root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'rollcall-archive-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  return { archive: join(root, 'archive'), target: join(root, 'target'), root };
}

async function unpackInto(target: string, archive: string, signal = new AbortController().signal): Promise<void> {
  await using parent = await DirectoryHandle.open(dirname(target));
  await unpackArchive(archive, { parent, name: basename(target) }, formats, signal);
}

async function unpack(t: TestContext, content: Content): Promise<{ root: string; target: string }> {
  const { archive, target, root } = await workspace(t);
  await writeFile(archive, content);
  await unpackInto(target, archive);
  return { root, target };
}

async function refuses(t: TestContext, content: Content, code: ActionCode, reason: RegExp): Promise<void> {
  const { archive, target, root } = await workspace(t);
  await writeFile(archive, content);
  await assert.rejects(unpackInto(target, archive), (error) => {
    assert.ok(error instanceof ActionError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, reason);
    return true;
  });
  assert.deepEqual(
    (await readdir(root)).filter((name) => !['archive', 'target'].includes(name)),
    [],
  );
}

describe('unpackArchive', () => {
  test('refuses paths that lead out, in tar and in zip', async (t) => {
    for (const name of ['../evil', 'a/../../evil', '/tmp/rollcall-evil', 'a/..', '..']) {
      await refuses(t, await tarOf([{ name, content: 'x' }]), 'bad_archive', /absolute path|refused/);
      await refuses(t, zipOf([{ name, content: 'x' }]), 'bad_archive', /absolute path|relative path|refused/);
    }
    await refuses(t, zipOf([{ name: '..\\evil', content: 'x' }]), 'bad_archive', /relative path/);
  });

  test('refuses symlinks that lead out, and writes through none', async (t) => {
    for (const target of ['/etc', '..', 'a/../..', '../target/x']) {
      const links: ArchiveEntry[] = [{ name: 'link', type: 'symlink', target }];
      await refuses(t, await tarOf(links), 'bad_archive', /leads out of the tree/);
      await refuses(t, zipOf(links), 'bad_archive', /leads out of the tree/);
    }
    for (const [first, second] of [
      [
        { name: 'd', type: 'symlink', target: 'real' },
        { name: 'd/x', content: 'x' },
      ],
      [
        { name: 'd/x', content: 'x' },
        { name: 'd', type: 'symlink', target: 'real' },
      ],
    ] as const) {
      await refuses(t, await tarOf([first, second]), 'bad_archive', /in one archive/);
    }
  });

  test('refuses devices and fifos', async (t) => {
    for (const type of ['fifo', 'character-device'] as const) {
      await refuses(t, await tarOf([{ name: 'x', type }]), 'bad_archive', new RegExp(type));
    }
    await refuses(t, zipOf([{ name: 'x', type: 'fifo' }]), 'bad_archive', /device or the like/);
  });

  test('makes hard links inside, and refuses others', async (t) => {
    const { target } = await unpack(
      t,
      await tarOf([
        { name: 'a', content: 'text' },
        { name: 'd/b', type: 'link', target: 'a' },
      ]),
    );
    assert.equal((await lstat(join(target, 'd/b'))).ino, (await lstat(join(target, 'a'))).ino);
    for (const [name, linked] of [
      ['x', '/etc/passwd'],
      ['x', '../archive'],
      ['x', 'missing'],
      ['x', 'link'],
    ] as const) {
      const entries: ArchiveEntry[] = [
        { name: 'link', type: 'symlink', target: 'elsewhere' },
        { name, type: 'link', target: linked },
      ];
      await refuses(t, await tarOf(entries), 'bad_archive', /hard link|absolute path|refused/);
    }
  });

  test('takes the later of two entries with one name, and writes into no linked file', async (t) => {
    const { target } = await unpack(
      t,
      await tarOf([
        { name: 'a', content: 'old' },
        { name: 'b', type: 'link', target: 'a' },
        { name: './a', content: 'new' },
        { name: 'c', type: 'symlink', target: 'a' },
        { name: 'c', content: 'file' },
      ]),
    );
    assert.deepEqual(await snapshot(target), { a: '644 new', b: '644 old', c: '644 file' });
  });

  test('drops set-user-id bits', async (t) => {
    const { target } = await unpack(t, await tarOf([{ name: 'su', content: 'x', mode: 0o6755 }]));
    assert.equal((await lstat(join(target, 'su'))).mode & 0o7777, 0o755);
  });

  test('refuses what is no archive, or a damaged one', async (t) => {
    const tar = await tarOf([{ name: 'a', content: 'x'.repeat(100_000) }]);
    const zip = zipOf([{ name: 'a', content: 'hello hello hello' }]);
    for (const content of ['', 'text', Buffer.alloc(1024), Buffer.from('7z\xbc\xaf\x27\x1c', 'latin1')]) {
      await refuses(t, content, 'bad_archive', /not an archive of a known form/);
    }
    for (const content of [
      tar.subarray(0, 50_000),
      gzipSync(tar).subarray(0, 150),
      zstdCompressSync(tar).subarray(0, 30),
      gzipSync('no tar inside'),
      zip.subarray(0, 40),
      Buffer.concat([zip.subarray(0, 35), Buffer.from('damage'), zip.subarray(41)]),
    ]) {
      await refuses(t, content, 'bad_archive', /cannot be read/);
    }
  });

  test('refuses paths that are too long or too deep', async (t) => {
    await refuses(t, await tarOf([{ name: `${'d/'.repeat(200)}x` }]), 'bad_archive', /too deep/);
    await refuses(t, await tarOf([{ name: 'x'.repeat(256) }]), 'bad_archive', /refused/);
    await refuses(t, await tarOf([{ name: `${'dddd/'.repeat(1000)}x` }]), 'bad_archive', /too long/);
  });

  test('stops at a bomb before the disk is full', async (t) => {
    const { archive, target } = await workspace(t);
    const size = 128 * 1024 * 1024;
    const header = (await tarOf([{ name: 'zeros' }])).subarray(0, 512);
    header.write(size.toString(8).padStart(11, '0'), 124);
    header.fill(' ', 148, 156);
    let sum = 0;
    for (const byte of header) sum += byte;
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const zeros = Buffer.alloc(1024 * 1024);
    const content = (function* (): Generator<Buffer> {
      yield header;
      for (let sent = 0; sent < size; sent += zeros.length) yield zeros;
    })();
    await pipeline(Readable.from(content), createZstdCompress(), createWriteStream(archive));
    await assert.rejects(unpackInto(target, archive), (error) => {
      return error instanceof ActionError && error.code === 'archive_too_large';
    });
    assert.ok((await lstat(join(target, 'zeros'))).size <= 65 * 1024 * 1024);
  });

  test('stops at a bomb that has no files in it', async (t) => {
    const { archive, target } = await workspace(t);
    const header = (await tarOf([{ name: 'd', type: 'directory' }])).subarray(0, 512);
    const filler = Buffer.alloc(1024 * 1024);
    const content = (function* (): Generator<Buffer> {
      yield header;
      for (let sent = 0; sent < 128; sent += 1) yield filler;
    })();
    await pipeline(Readable.from(content), createZstdCompress(), createWriteStream(archive));
    await assert.rejects(unpackInto(target, archive), (error) => {
      return error instanceof ActionError && error.code === 'archive_too_large';
    });
  });

  test('stops when it is told to', async (t) => {
    const { archive, target } = await workspace(t);
    await writeFile(archive, await tarOf([{ name: 'a', content: 'x' }]));
    const reason = new ActionError('cancelled', 'enough', { outcome: 'cancelled' });
    await assert.rejects(unpackInto(target, archive, AbortSignal.abort(reason)), reason);
  });

  test('reads a zip whose sizes and names need care', async (t) => {
    const { target } = await unpack(
      t,
      zipOf([
        { name: 'dir/', type: 'directory', mode: 0o755 },
        { name: 'dir/ünï ✓', content: 'z'.repeat(300_000), mode: 0o600 },
        { name: 'back\\slash', content: 'from elsewhere' },
        { name: 'empty', content: '' },
      ]),
    );
    assert.equal(await readFile(join(target, 'dir/ünï ✓'), 'utf8'), 'z'.repeat(300_000));
    assert.equal(await readFile(join(target, 'back/slash'), 'utf8'), 'from elsewhere');
    assert.equal((await lstat(join(target, 'empty'))).size, 0);
  });
});
