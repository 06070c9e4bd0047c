import assert from 'node:assert/strict';
import {
  chmod,
  lchown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, describe, test } from 'node:test';
import { OthersSymlinkError, makeConfigured, resolveConfigured } from './configured-directory.ts';
import { DirectoryHandle } from './directory-handle.ts';
import { copyContent, makeDirectory, writeFileDurably } from './durable.ts';
import { checkSpace, freeSpace } from './free-space.ts';
import { removeTree } from './remove-tree.ts';

const notRoot = process.getuid?.() === 0 ? false : 'only root makes what belongs to another user';

const OTHER_USER = 4321;

async function workspace(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rollcall-storage-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

describe('DirectoryHandle', () => {
  test('refuses a symlink in the place of a directory, at any level', async (t) => {
    const root = await workspace(t);
    await mkdir(join(root, 'real/deep'), { recursive: true });
    await symlink('real', join(root, 'link'));
    await symlink('deep', join(root, 'real/link'));
    for (const names of [['link'], ['link', 'deep'], ['real', 'link']]) {
      await assert.rejects(DirectoryHandle.openBelow(root, names, true), { code: /ENOTDIR|ELOOP/ });
    }
  });

  test('stays with the directory that was opened when its name leads elsewhere', async (t) => {
    const root = await workspace(t);
    await mkdir(join(root, 'inside/target'), { recursive: true });
    await mkdir(join(root, 'outside/target'), { recursive: true });
    await using directory = await DirectoryHandle.openBelow(root, ['inside', 'target'], false);
    await rename(join(root, 'inside'), join(root, 'moved'));
    await symlink('outside', join(root, 'inside'));
    await writeFile(directory.path('file'), 'x');
    assert.deepEqual(await readdir(join(root, 'outside/target')), []);
    assert.deepEqual(await readdir(join(root, 'moved/target')), ['file']);
  });

  test('gives rights to the very file that was made, and to nothing that came into its place', async (t) => {
    const root = await workspace(t);
    await writeFile(join(root, 'source'), 'x');
    await writeFile(join(root, 'kept'), 'secret', { mode: 0o600 });
    await using directory = await DirectoryHandle.openReal(root);
    const made = await copyContent(join(root, 'source'), directory.path('new'));
    await rename(join(root, 'new'), join(root, 'stolen'));
    await rename(join(root, 'kept'), join(root, 'new'));
    await assert.rejects(directory.setFileAttributes('new', { mode: 0o644, made }), /not the file that was made/);
    assert.equal((await lstat(join(root, 'new'))).mode & 0o777, 0o600);
    await link(join(root, 'stolen'), join(root, 'new.again'));
    await directory.setFileAttributes('new.again', { mode: 0o640, made });
    assert.equal((await lstat(join(root, 'stolen'))).mode & 0o777, 0o640);
  });
});

describe('a directory of the configuration', () => {
  test('is found over symlinks of its owner, and made where it is missing', async (t) => {
    const root = await workspace(t);
    await mkdir(join(root, 'disk/deep'), { recursive: true });
    await symlink(join(root, 'disk'), join(root, 'absolute'));
    await symlink('../disk/deep', join(root, 'disk/up'));
    await symlink('absolute/up', join(root, 'both'));
    assert.deepEqual(await resolveConfigured(join(root, 'both')), { realPath: join(root, 'disk/deep'), missing: [] });
    await using made = await makeConfigured(join(root, 'both/a/b'));
    assert.equal(made.realPath, join(root, 'disk/deep/a/b'));
    assert.ok((await lstat(join(root, 'disk/deep/a/b'))).isDirectory());
  });

  test('is refused where another user can lead it elsewhere', { skip: notRoot }, async (t) => {
    const root = await workspace(t);
    await chmod(root, 0o755);
    await mkdir(join(root, 'home/real'), { recursive: true });
    await mkdir(join(root, 'open'));
    await mkdir(join(root, 'outside'));
    await chmod(join(root, 'open'), 0o777);
    await symlink(join(root, 'outside'), join(root, 'home/inbox'));
    await symlink('../outside', join(root, 'open/inbox'));
    for (const isOthers of [false, true]) {
      if (isOthers) await lchown(join(root, 'home/inbox'), OTHER_USER, OTHER_USER);
      const resolving = resolveConfigured(join(root, 'home/inbox/a'));
      if (isOthers) await assert.rejects(resolving, OthersSymlinkError, 'a symlink of theirs');
      else assert.deepEqual(await resolving, { realPath: join(root, 'outside'), missing: ['a'] });
    }
    await assert.rejects(makeConfigured(join(root, 'open/inbox/a')), OthersSymlinkError, 'one that they can replace');
    await chmod(join(root, 'open'), 0o1777);
    await resolveConfigured(join(root, 'open/inbox/a'));
    await lchown(join(root, 'home'), OTHER_USER, OTHER_USER);
    await lchown(join(root, 'home/inbox'), 0, 0);
    await assert.rejects(resolveConfigured(join(root, 'home/inbox')), OthersSymlinkError, 'one in their directory');
    await resolveConfigured(join(root, 'home/real'));
    assert.deepEqual(await readdir(join(root, 'outside')), []);
  });
});

describe('durable files', () => {
  test('are replaced as a whole and leave nothing beside', async (t) => {
    const root = await workspace(t);
    await makeDirectory(join(root, 'a/b/c'));
    const path = join(root, 'a/b/c/record.json');
    await writeFileDurably(path, 'first, and longer');
    await writeFileDurably(path, 'second');
    assert.equal(await readFile(path, 'utf8'), 'second');
    assert.deepEqual(await readdir(join(root, 'a/b/c')), ['record.json']);
  });

  test('copies of content are equal and replace what a cut-off copy left', async (t) => {
    const root = await workspace(t);
    const content = Buffer.alloc(3_000_001, 'abc');
    await writeFile(join(root, 'source'), content);
    await writeFile(join(root, 'copy'), 'left over');
    await copyContent(join(root, 'source'), join(root, 'copy'));
    assert.ok((await readFile(join(root, 'copy'))).equals(content));
    assert.equal((await lstat(join(root, 'copy'))).mode & 0o777, 0o600);
  });

  test('a copy ends when it is told to', async (t) => {
    const root = await workspace(t);
    await writeFile(join(root, 'source'), 'x');
    const reason = new Error('enough');
    await assert.rejects(copyContent(join(root, 'source'), join(root, 'copy'), AbortSignal.abort(reason)), reason);
  });
});

test('removeTree removes directories that forbid it, and what is not there', async (t) => {
  const root = await workspace(t);
  await mkdir(join(root, 'tree/locked/deep'), { recursive: true });
  await writeFile(join(root, 'tree/locked/deep/file'), 'x');
  await chmod(join(root, 'tree/locked/deep'), 0o000);
  await chmod(join(root, 'tree/locked'), 0o500);
  await removeTree(join(root, 'tree'));
  await removeTree(join(root, 'tree'));
  await removeTree(join(root, 'no/such/place'));
  assert.deepEqual(await readdir(root), []);
});

describe('checkSpace', () => {
  test('adds up what goes to one file system, with its reserve, also below directories that are missing yet', async (t) => {
    const root = await workspace(t);
    const demands = [
      { directory: root, size: 1000 },
      { directory: join(root, 'not/there/yet'), size: 2000 },
    ];
    assert.deepEqual(await checkSpace(demands), { fits: true, needed: 3150 });
  });

  test('says what is needed and what is free when it does not fit', async (t) => {
    const root = await workspace(t);
    const free = await freeSpace(root);
    const answer = await checkSpace([
      { directory: root, size: free },
      { directory: root, size: free },
    ]);
    assert.ok(!answer.fits && answer.needed >= 2 * free && answer.directory === root);
  });
});
