import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import {
  chmod,
  lstat,
  lutimes,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type TestContext, describe, test } from 'node:test';
import { PackTreeError, type TreeProblem, listTree, packTree } from './pack-tree.ts';

async function emptyDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rollcall-pack-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function refuses(directory: string, code: TreeProblem): Promise<void> {
  await assert.rejects(buffer(packTree(directory)), (error) => {
    assert.ok(error instanceof PackTreeError);
    assert.equal(error.code, code);
    return true;
  });
}

describe('packTree', () => {
  test('makes the same bytes of the same tree, whatever the order of creation', async (t) => {
    const archives = [];
    for (const names of [
      ['b', 'a', 'Z', 'ä'],
      ['ä', 'Z', 'a', 'b'],
    ]) {
      const tree = join(await emptyDirectory(t), 'tree');
      await mkdir(tree);
      for (const name of names) {
        await writeFile(join(tree, name), name.repeat(1000));
        await utimes(join(tree, name), 1_700_000_000.25, 1_700_000_000.25);
      }
      await symlink('a', join(tree, 'link'));
      await lutimes(join(tree, 'link'), 5, 5);
      await utimes(tree, 1_700_000_001, 1_700_000_001);
      archives.push(await buffer(packTree(tree)));
    }
    const [first, second] = archives;
    assert.ok(first !== undefined && second !== undefined && first.length > 4096);
    assert.deepEqual(first, second);
  });

  test('carries names, modes, times, symlinks and content to where tar unpacks them', async (t) => {
    const directory = await emptyDirectory(t);
    const tree = join(directory, 'tree');
    // Only root can read what nobody may.
    const unreadable = process.getuid?.() === 0 ? 0o000 : 0o400;
    const deep = 'deep-directory-name/'.repeat(14);
    const names = ['plain', 'with space', 'new\nline', 'ünïcödé-✓', `${deep}file`, '-dash', 'x'.repeat(255)];
    await mkdir(join(tree, deep), { recursive: true });
    for (const [index, name] of names.entries()) {
      await writeFile(join(tree, name), name.repeat(index * 5000));
      await chmod(join(tree, name), [0o600, 0o755, 0o444, 0o640, 0o777, unreadable, 0o700][index] ?? 0o644);
      await utimes(join(tree, name), 1_600_000_000 + index + 0.125, 1_600_000_000 + index + 0.125);
    }
    await mkdir(join(tree, 'empty'), { mode: 0o500 });
    await symlink(`${'deep-directory-name/'.repeat(14)}file`, join(tree, 'long-link'));
    await symlink('nowhere', join(tree, 'dangling'));
    await symlink('loop', join(tree, 'loop'));

    const archive = join(directory, 'tree.tar');
    await writeFile(archive, packTree(tree));
    const unpacked = join(directory, 'unpacked');
    await mkdir(unpacked);
    execFileSync('tar', ['-xpf', archive, '-C', unpacked]);

    for (const name of names) {
      const [source, target] = [await lstat(join(tree, name)), await lstat(join(unpacked, name))];
      assert.equal(target.mode, source.mode, name);
      assert.equal(Math.round(target.mtimeMs), Math.round(source.mtimeMs), name);
      assert.deepEqual(await readFile(join(unpacked, name)), await readFile(join(tree, name)));
    }
    assert.equal((await lstat(join(unpacked, 'empty'))).mode & 0o777, 0o500);
    assert.equal(await readlink(join(unpacked, 'long-link')), `${'deep-directory-name/'.repeat(14)}file`);
    assert.equal(await readlink(join(unpacked, 'dangling')), 'nowhere');
    assert.equal(await readlink(join(unpacked, 'loop')), 'loop');
  });

  test('names no owner', async (t) => {
    const tree = await emptyDirectory(t);
    await writeFile(join(tree, 'file'), 'x');
    // Whole seconds need no pax header: the file's header is the second block.
    for (const path of ['file', '.']) await utimes(join(tree, path), 1000, 1000);
    const archive = await buffer(packTree(tree));
    const header = archive.subarray(512, 1024);
    assert.match(header.toString('latin1', 108, 124), /^0+\W+0+\W+$/);
    assert.deepEqual(header.subarray(265, 329), Buffer.alloc(64));
  });

  test('refuses symlinks that lead out, also through other symlinks, and absolute ones', async (t) => {
    for (const links of [
      { a: '/etc/passwd' },
      { a: '../x' },
      { a: 'sub/../../x' },
      // `sub/up` is the tree itself, so its parent is outside although the names say otherwise.
      { 'sub/up': '..', a: 'sub/up/../x' },
    ]) {
      const tree = await emptyDirectory(t);
      await mkdir(join(tree, 'sub'));
      for (const [name, target] of Object.entries(links)) await symlink(target, join(tree, name));
      await refuses(tree, 'link_leaves_tree');
    }
  });

  test('keeps symlinks that go up and stay inside', async (t) => {
    const tree = await emptyDirectory(t);
    await mkdir(join(tree, 'a/b'), { recursive: true });
    await symlink('../../a/./b', join(tree, 'a/b/self'));
    await symlink('a/b/self/../b', join(tree, 'through'));
    const entries = await listTree(tree);
    assert.deepEqual(
      entries.map(({ path, type }) => `${type} ${path}`),
      ['directory ', 'directory a', 'directory a/b', 'symlink a/b/self', 'symlink through'],
    );
  });

  test('refuses fifos and sockets by name', async (t) => {
    const tree = await emptyDirectory(t);
    execFileSync('mkfifo', [join(tree, 'pipe')]);
    await assert.rejects(buffer(packTree(tree)), /"pipe" is a fifo/);

    const other = await emptyDirectory(t);
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(join(other, 'socket'), resolve);
    });
    t.after(() => server.close());
    await assert.rejects(buffer(packTree(other)), /"socket" is a socket/);
  });

  test('refuses names that are not UTF-8', async (t) => {
    const tree = await emptyDirectory(t);
    await writeFile(Buffer.concat([Buffer.from(`${tree}/caf`), Buffer.from([0xe9])]), 'x');
    await refuses(tree, 'bad_name');
  });

  test('refuses a file and a missing source', async (t) => {
    const directory = await emptyDirectory(t);
    await writeFile(join(directory, 'file'), 'x');
    await refuses(join(directory, 'file'), 'not_a_directory');
    await refuses(join(directory, 'missing'), 'unreadable');
  });

  test('fails when a file grows or shrinks while it is read', async (t) => {
    for (const size of [10, 5_000_000]) {
      const tree = await emptyDirectory(t);
      await writeFile(join(tree, 'file'), Buffer.alloc(1_000_000));
      const archive = packTree(tree);
      // The first bytes come when everything was looked at: the tree's own directory.
      await archive.next();
      await writeFile(join(tree, 'file'), Buffer.alloc(size));
      await assert.rejects(
        buffer(archive),
        (error) => error instanceof PackTreeError && error.code === 'source_changed',
      );
    }
  });

  test('ends cleanly when its reader stops early', async (t) => {
    const tree = await emptyDirectory(t);
    await writeFile(join(tree, 'file'), Buffer.alloc(10_000_000));
    let size = 0;
    for await (const bytes of packTree(tree)) {
      size += bytes.length;
      if (size > 100_000) break;
    }
    assert.ok(size < 5_000_000);
  });
});
