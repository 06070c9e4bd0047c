import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, readFile, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, describe, test } from 'node:test';
import type { CopyAction } from '../action.ts';
import { TestDevice, atEveryCheckpoint, snapshot, tarOf } from '../action-fixture.ts';
import { DirectoryHandle } from '../../storage/directory-handle.ts';
import { forgetAction, performAction } from '../perform-action.ts';

const file = (to: string, more: Partial<CopyAction> = {}): CopyAction => ({
  kind: 'copy',
  form: 'file',
  to,
  name: 'source.txt',
  ...more,
});
const tree = (to: string, more: Partial<CopyAction> = {}): CopyAction => ({
  ...file(to, more),
  form: 'tree',
  name: 'src',
});

describe('copy of a file', () => {
  test('goes below the first root when the path is relative, with mode and time', async (t) => {
    const device = await TestDevice.make(t);
    const action = file('etc/app/config.ini', { mode: 0o640, mtimeMs: 1_234_567_890_123 });
    assert.deepEqual(await device.perform(action, 'hello'), { outcome: 'succeeded' });
    const stats = await lstat(device.path('files/etc/app/config.ini'));
    assert.equal(stats.mode & 0o7777, 0o640);
    assert.equal(Math.floor(stats.mtimeMs), 1_234_567_890_123);
    assert.equal(stats.uid, process.getuid?.());
    assert.equal(await readFile(device.path('files/etc/app/config.ini'), 'utf8'), 'hello');
  });

  test('is the content itself, written once, where it is lent; else a file of its own', async (t) => {
    const device = await TestDevice.make(t);
    for (const isLent of [true, false, undefined]) {
      const taskId = `task-${isLent}`;
      const overrides = { taskId, ...(isLent === undefined ? {} : { lendContent: () => isLent }) };
      const context = await device.context(file(taskId, { mode: 0o600 }), 'hello', overrides);
      assert.deepEqual(await performAction(context), { outcome: 'succeeded' });
      const [content, target] = await Promise.all([lstat(context.contentPath), lstat(device.path('files', taskId))]);
      assert.equal(content.ino === target.ino, isLent === true);
      assert.equal(target.mode & 0o777, 0o600);
      assert.equal(await readFile(device.path('files', taskId), 'utf8'), 'hello');
    }
  });

  test('takes the group of a directory that gives it, and so is never the content itself there', async (t) => {
    const device = await TestDevice.make(t);
    await mkdir(device.path('files/team'), { recursive: true });
    await chmod(device.path('files/team'), 0o2775);
    const context = await device.context(file('team/notes'), 'hello', { lendContent: () => true });
    assert.deepEqual(await performAction(context), { outcome: 'succeeded' });
    const [content, target] = [await lstat(context.contentPath), await lstat(device.path('files/team/notes'))];
    assert.notEqual(content.ino, target.ino);
  });

  test('of no bytes is a file of no bytes', async (t) => {
    const device = await TestDevice.make(t);
    assert.equal((await device.perform(file('empty'), '')).outcome, 'succeeded');
    assert.equal((await lstat(device.path('files/empty'))).size, 0);
  });

  test('goes into a directory under its own name when that is there, or the path ends in a slash', async (t) => {
    const device = await TestDevice.make(t);
    await mkdir(device.path('files/there'), { recursive: true });
    for (const [index, to] of ['there', 'new/', '.', './'].entries()) {
      assert.equal((await device.perform(file(to), 'x', { taskId: `task-${index}` })).outcome, 'succeeded');
    }
    assert.deepEqual(Object.keys(await snapshot(device.path('files'))), [
      'new',
      'new/source.txt',
      'source.txt',
      'there',
      'there/source.txt',
    ]);
  });

  test('takes any name that a file can have', async (t) => {
    const device = await TestDevice.make(t);
    for (const [index, name] of [
      'with space',
      'new\nline',
      'ünïcödé ✓',
      '-rf',
      '"quoted"',
      'y'.repeat(255),
    ].entries()) {
      const result = await device.perform(file(`${name}/`, { name }), name, { taskId: `task-${index}` });
      assert.equal(result.outcome, 'succeeded');
      assert.equal(await readFile(device.path('files', name, name), 'utf8'), name);
    }
  });

  test('replaces a file and a symlink of the same name, not what the symlink leads to', async (t) => {
    const device = await TestDevice.make(t);
    await mkdir(device.path('files'));
    await writeFile(join(device.directory, 'outside'), 'precious');
    await writeFile(device.path('files/old'), 'old');
    await symlink(join(device.directory, 'outside'), device.path('files/link'));
    for (const [index, name] of ['old', 'link'].entries()) {
      assert.equal((await device.perform(file(name), 'new', { taskId: `task-${index}` })).outcome, 'succeeded');
    }
    assert.deepEqual(await snapshot(device.path('files')), { link: '644 new', old: '644 new' });
    assert.equal(await readFile(join(device.directory, 'outside'), 'utf8'), 'precious');
  });

  test('is refused outside the allowed roots, and nothing is written', async (t) => {
    const device = await TestDevice.make(t);
    const outside = join(device.directory, 'outside');
    await mkdir(join(outside, 'deep'), { recursive: true });
    await mkdir(device.path('files/inside'), { recursive: true });
    await symlink(outside, device.path('files/absolute'));
    await symlink('../../outside', device.path('files/relative'));
    await symlink('absolute', device.path('files/twice'));
    await symlink('inside/../../..', device.path('files/up'));
    const before = await snapshot(device.directory);
    const refused = [
      '../x',
      'a/../../x',
      'a/..',
      '/etc/rollcall-test',
      `${device.path('files')}/../x`,
      `${device.path('files')}-beside/x`,
      'absolute/x',
      'absolute/deep/x',
      'absolute',
      'absolute/',
      'relative/x',
      'twice/x',
      'up/x',
    ];
    for (const to of refused) {
      const plan = await device.plan(file(to));
      assert.ok(plan.decision === 'rejected' && plan.code === 'path_outside_roots', `${to}: ${JSON.stringify(plan)}`);
      for (const action of [file(to), tree(to)]) {
        const result = await device.perform(action, 'x');
        assert.ok(result.outcome === 'rejected' && result.code === 'path_outside_roots', to);
        await forgetAction(device.policy, 'task-1');
      }
    }
    assert.deepEqual(
      Object.keys(await snapshot(device.directory)).filter((name) => !(name in before)),
      ['data/actions', 'task-1-1.content'],
    );
  });

  test('refuses paths that are none', async (t) => {
    const device = await TestDevice.make(t);
    for (const action of [
      file(''),
      file('a\0b'),
      file('x'.repeat(256)),
      file('d/', { name: '..' }),
      file('d/', { name: 'a/b' }),
    ]) {
      const plan = await device.plan(action);
      assert.ok(plan.decision === 'rejected' && plan.code === 'bad_action', JSON.stringify(plan));
    }
  });

  test('follows symlinks that stay below the root', async (t) => {
    const device = await TestDevice.make(t);
    await mkdir(device.path('files/real/deep'), { recursive: true });
    await symlink('real', device.path('files/alias'));
    await symlink(device.path('files/real/deep'), device.path('files/far'));
    assert.equal((await device.perform(file('alias/one'), '1', { taskId: 'task-1' })).outcome, 'succeeded');
    assert.equal((await device.perform(file('far'), '2', { taskId: 'task-2' })).outcome, 'succeeded');
    assert.equal(await readFile(device.path('files/real/one'), 'utf8'), '1');
    assert.equal(await readFile(device.path('files/real/deep/source.txt'), 'utf8'), '2');
  });

  test('goes to an absolute path below any allowed root; a root that is not there is not made', async (t) => {
    const base = await TestDevice.make(t);
    const [first, second, missing] = ['one', 'two', 'three'].map((name) => join(base.directory, name));
    assert.ok(first !== undefined && second !== undefined && missing !== undefined);
    for (const root of [first, second]) await mkdir(root);
    const device = await TestDevice.make(t, { allowedRoots: [first, second, missing] });
    assert.equal((await device.perform(file(join(second, 'a/b')), 'x', { taskId: 'task-1' })).outcome, 'succeeded');
    assert.equal((await device.perform(file('c'), 'y', { taskId: 'task-2' })).outcome, 'succeeded');
    assert.equal(await readFile(join(second, 'a/b'), 'utf8'), 'x');
    assert.equal(await readFile(join(first, 'c'), 'utf8'), 'y');
    const plan = await device.plan(file(join(missing, 'x')));
    assert.ok(plan.decision === 'rejected' && plan.code === 'root_missing');
  });

  test('does not replace a directory by a file, nor take a file for a directory', async (t) => {
    const device = await TestDevice.make(t);
    await mkdir(device.path('files/dir/source.txt'), { recursive: true });
    await writeFile(device.path('files/plain'), 'x');
    for (const to of ['dir', 'plain/x', 'plain/']) {
      const plan = await device.plan(file(to));
      assert.ok(plan.decision === 'rejected' && plan.code === 'path_conflict', to);
    }
  });

  test('drops set-user-id bits', async (t) => {
    const device = await TestDevice.make(t);
    await device.perform(file('tool', { mode: 0o4755 }), 'x');
    assert.equal((await lstat(device.path('files/tool'))).mode & 0o7777, 0o755);
  });

  test('that needs more space than there is, is rejected before anything is written', async (t) => {
    const device = await TestDevice.make(t);
    const plan = await device.plan(file('big'), 2 ** 52);
    assert.ok(plan.decision === 'rejected' && plan.code === 'no_space');
  });

  test('asks for the content, its copy and 5 % before the download', async (t) => {
    const device = await TestDevice.make(t);
    const plan = await device.plan(file('small'), 1_000_000);
    assert.deepEqual(plan, { decision: 'perform', spaceNeeded: 2_100_000 });
  });

  test('is the whole new file or the whole old one wherever it is cut off, and the next run completes it', async (t) => {
    const count = await atEveryCheckpoint(
      async () => {
        const device = await TestDevice.make(t);
        await mkdir(device.path('files'));
        await writeFile(device.path('files/target'), 'old');
        return { device, context: await device.context(file('target'), 'new content') };
      },
      async (device, context, point) => {
        assert.match(await readFile(device.path('files/target'), 'utf8'), /^(old|new content)$/, point);
        assert.deepEqual(await performAction(context), { outcome: 'succeeded' }, point);
        assert.deepEqual(await snapshot(device.path('files')), { target: '644 new content' }, point);
        await device.assertTidy();
        assert.deepEqual(await performAction(context), { outcome: 'succeeded' }, point);
      },
    );
    assert.ok(count >= 7, `${count} checkpoints`);
  });
});

const entries = [
  { name: './', type: 'directory', mode: 0o700, mtimeMs: 900_000_000_000 },
  { name: 'bin', type: 'directory', mode: 0o755, mtimeMs: 1_000_000_000_000 },
  { name: 'bin/run', content: '#!/bin/sh\n', mode: 0o755, mtimeMs: 1_100_000_000_000 },
  { name: 'bin/again', type: 'symlink', target: 'run' },
  { name: 'locked', type: 'directory', mode: 0o555, mtimeMs: 1_200_000_000_000 },
  { name: 'locked/in side\n✓', content: 'text', mode: 0o400 },
] as const;

const unpacked = {
  bin: '755/',
  'bin/again': '-> run',
  'bin/run': '755 #!/bin/sh\n',
  locked: '555/',
  'locked/in side\n✓': '400 text',
};

describe('copy of a tree', () => {
  test('makes the tree with its modes, times and symlinks', async (t) => {
    const device = await TestDevice.make(t);
    assert.deepEqual(await device.perform(tree('apps/tree'), await tarOf(entries)), { outcome: 'succeeded' });
    const target = device.path('files/apps/tree');
    assert.deepEqual(await snapshot(target), unpacked);
    const times = await Promise.all(['.', 'bin', 'bin/run', 'locked'].map((name) => lstat(join(target, name))));
    assert.deepEqual(
      times.map(({ mtimeMs }) => mtimeMs),
      [900_000_000_000, 1_000_000_000_000, 1_100_000_000_000, 1_200_000_000_000],
    );
    assert.equal((await lstat(target)).mode & 0o777, 0o700);
  });

  test('goes into an existing directory under its base name, like cp', async (t) => {
    const device = await TestDevice.make(t);
    await mkdir(device.path('files/there'), { recursive: true });
    await device.perform(tree('there'), await tarOf(entries));
    assert.deepEqual(await snapshot(device.path('files/there/src')), unpacked);
  });

  test('into what is there replaces files of the same name and deletes nothing else', async (t) => {
    const device = await TestDevice.make(t);
    const target = device.path('files/dest/src');
    await mkdir(join(target, 'bin'), { recursive: true, mode: 0o711 });
    await writeFile(join(target, 'bin/run'), 'old');
    await writeFile(join(target, 'bin/mine'), 'mine');
    await symlink('elsewhere', join(target, 'bin/again'));
    await utimes(target, 5, 5);
    const { mode } = await lstat(target);
    await device.perform(tree('dest'), await tarOf(entries));
    assert.deepEqual(await snapshot(target), { ...unpacked, 'bin/mine': '644 mine' });
    assert.equal((await lstat(target)).mode, mode);
  });

  test('a second time is the same tree again', async (t) => {
    const device = await TestDevice.make(t);
    const archive = await tarOf(entries);
    assert.equal((await device.perform(tree('dest/'), archive, { taskId: 'task-1' })).outcome, 'succeeded');
    assert.equal((await device.perform(tree('dest/'), archive, { taskId: 'task-2' })).outcome, 'succeeded');
    assert.deepEqual(await snapshot(device.path('files/dest/src')), unpacked);
  });

  test('changes nothing when a directory and a file have the same name', async (t) => {
    const device = await TestDevice.make(t);
    const target = device.path('files/dest/src');
    for (const conflict of ['file', 'directory', 'symlink'] as const) {
      await mkdir(target, { recursive: true });
      const place = join(target, conflict === 'directory' ? 'bin/run' : 'locked');
      if (conflict === 'directory') await mkdir(place, { recursive: true });
      else if (conflict === 'file') await writeFile(place, 'x');
      else await symlink(device.directory, place);
      const before = await snapshot(device.path('files'));
      const result = await device.perform(tree('dest'), await tarOf(entries));
      assert.ok(result.outcome === 'failed' && result.code === 'path_conflict', JSON.stringify(result));
      assert.deepEqual(await snapshot(device.path('files')), before);
      await forgetAction(device.policy, 'task-1');
      await rm(target, { recursive: true });
    }
  });

  test('refuses a symlink that leads out, and leaves nothing', async (t) => {
    const device = await TestDevice.make(t);
    for (const links of [
      [{ name: 'a', target: '/etc' }],
      [{ name: 'a', target: '../x' }],
      [
        { name: 'sub/up', target: '..' },
        { name: 'a', target: 'sub/up/../x' },
      ],
    ]) {
      const archive = await tarOf(links.map((link) => ({ ...link, type: 'symlink' as const })));
      const result = await device.perform(tree('t'), archive);
      assert.ok(result.outcome === 'failed' && result.code === 'bad_archive', JSON.stringify(result));
      assert.deepEqual(await snapshot(device.path('files')), {});
      await forgetAction(device.policy, 'task-1');
    }
  });

  test('is finished by the next run wherever it is cut off, new or into what is there', async (t) => {
    const archive = await tarOf(entries);
    for (const isThere of [false, true]) {
      const count = await atEveryCheckpoint(
        async () => {
          const device = await TestDevice.make(t);
          if (isThere) {
            await mkdir(device.path('files/dest/src/bin'), { recursive: true });
            await writeFile(device.path('files/dest/src/bin/mine'), 'mine');
          }
          return { device, context: await device.context(tree(isThere ? 'dest' : 'dest/src'), archive) };
        },
        async (device, context, point) => {
          assert.deepEqual(await performAction(context), { outcome: 'succeeded' }, point);
          const expected = isThere ? { ...unpacked, 'bin/mine': '644 mine' } : unpacked;
          assert.deepEqual(await snapshot(device.path('files/dest/src')), expected, point);
          await device.assertTidy();
        },
      );
      assert.ok(count >= 8, `${count} checkpoints`);
    }
  });

  test('of an attempt that was cut off and given up leaves no staging', async (t: TestContext) => {
    const archive = await tarOf(entries);
    await atEveryCheckpoint(
      async () => {
        const device = await TestDevice.make(t);
        return { device, context: await device.context(tree('dest'), archive) };
      },
      async (device, context) => {
        await forgetAction(device.policy, context.taskId);
        await device.assertTidy();
      },
    );
  });
});

test('a symlink in the archive is never written through', async (t) => {
  const device = await TestDevice.make(t);
  const archive = await tarOf([
    { name: 'dir', type: 'symlink', target: 'real' },
    { name: 'dir/file', content: 'x' },
  ]);
  const result = await device.perform(tree('dest'), archive);
  assert.ok(result.outcome === 'failed' && result.code === 'bad_archive');
  await assert.rejects(readlink(device.path('files/dest/dir')));
});

test('a file that was renamed and not yet synced when its action was cut off is synced by the next run', async (t) => {
  const sync = t.mock.method(DirectoryHandle.prototype, 'sync');
  const action = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
  await atEveryCheckpoint(
    async () => {
      const device = await TestDevice.make(t);
      return { device, context: await device.context(action, 'data') };
    },
    async (_device, context, point) => {
      if (point !== 'renamed over the target') return;
      sync.mock.resetCalls();
      assert.deepEqual(await performAction(context), { outcome: 'succeeded' });
      assert.ok(sync.mock.callCount() >= 1);
    },
  );
});
