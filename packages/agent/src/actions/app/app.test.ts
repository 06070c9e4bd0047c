import assert from 'node:assert/strict';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { mkdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import type { InstallAction, UpdateAction } from '../action.ts';
import {
  type ArchiveEntry,
  TestDevice,
  atEveryCheckpoint,
  performCutOff,
  snapshot,
  tarOf,
  zipOf,
} from '../action-fixture.ts';
import { forgetAction, performAction } from '../perform-action.ts';

const install = (version: string, more: Partial<InstallAction> = {}): InstallAction => ({
  kind: 'install',
  app: 'shop',
  version,
  packageKind: 'app',
  packageName: `shop-${version}.tar.gz`,
  ...more,
});
const update = (version: string, more: Partial<UpdateAction> = {}): UpdateAction => ({
  ...install(version),
  keep: 2,
  allowDowngrade: false,
  ...more,
  kind: 'update',
});

const script = (text: string): string => `#!/bin/sh\n${text}\n`;

function packageOf(version: string, files: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const entries: ArchiveEntry[] = [{ name: 'version', content: version }];
  for (const [name, text] of Object.entries(files)) entries.push({ name, content: script(text), mode: 0o755 });
  return tarOf(entries);
}

/** Whether an attempt had its success on disk when it was cut off there. */
function hasSucceeded(point: string): boolean {
  return ['entered settling', 'removed the temporaries', 'entered ended'].includes(point);
}

async function currentVersion(device: TestDevice): Promise<string> {
  return readFile(device.path('apps/shop/current/version'), 'utf8');
}

/** A device on which some versions were installed one after the other. */
async function deviceWith(device: TestDevice, ...versions: string[]): Promise<TestDevice> {
  for (const [index, version] of versions.entries()) {
    const action = install(version, { allowDowngrade: true });
    const result = await device.perform(action, await packageOf(version), { taskId: `task-9${index}` });
    assert.deepEqual(result, { outcome: 'succeeded', version });
  }
  return device;
}

describe('install of an app', () => {
  test('unpacks tar, tar.gz, tar.zst and zip, known by their bytes', async (t) => {
    const entries: ArchiveEntry[] = [
      { name: 'bin', type: 'directory', mode: 0o755 },
      { name: 'bin/run it', content: script('true'), mode: 0o755 },
      { name: 'bin/ünï', content: 'x', mode: 0o600 },
      { name: 'link', type: 'symlink', target: 'bin/run it' },
    ];
    const tar = await tarOf(entries);
    const zip = zipOf(
      entries.map((entry) => (entry.type === 'directory' ? { ...entry, name: `${entry.name}/` } : entry)),
    );
    for (const archive of [tar, gzipSync(tar), zstdCompressSync(tar), zip]) {
      const device = await TestDevice.make(t);
      const result = await device.perform(install('1.0.0'), archive);
      assert.deepEqual(result, { outcome: 'succeeded', version: '1.0.0' });
      assert.deepEqual(await snapshot(device.path('apps/shop/releases')), {
        '1.0.0': '755/',
        '1.0.0/bin': '755/',
        '1.0.0/bin/run it': `755 ${script('true')}`,
        '1.0.0/bin/ünï': '600 x',
        '1.0.0/link': '-> bin/run it',
      });
      assert.equal(await readlink(device.path('apps/shop/current')), 'releases/1.0.0');
    }
  });

  test('of the version that is there is already present, before and after the download', async (t) => {
    const device = await deviceWith(await TestDevice.make(t), '1.0.0');
    const archive = await packageOf('1.0.0');
    const plan = await device.plan(install('1.0.0'), 10, 1, archive);
    assert.deepEqual(plan, { decision: 'already_present', version: '1.0.0' });
    const result = await device.perform(install('1.0.0'), archive);
    assert.deepEqual(result, { outcome: 'succeeded', alreadyPresent: true, version: '1.0.0' });
  });

  test('of other content under the version that is there is rejected, and nothing is changed', async (t) => {
    const device = await deviceWith(await TestDevice.make(t), '1.0.0');
    const before = await snapshot(device.path('apps'));
    for (const action of [install('1.0.0'), update('1.0.0')]) {
      const plan = await device.plan(action, 10, 1, await packageOf('1.0.0', { setup: 'true' }));
      assert.ok(plan.decision === 'rejected' && plan.code === 'version_conflict', JSON.stringify(plan));
    }
    assert.deepEqual(await snapshot(device.path('apps')), before);
    await rm(device.path('apps/shop/digests.json'));
    const named = await deviceWith(await TestDevice.make(t), 'constructor');
    await rm(named.path('apps/shop/digests.json'));
    assert.equal((await named.plan(install('constructor'))).decision, 'already_present');
    // One that was installed before digests were noted is taken for what its version says.
    assert.equal((await device.plan(install('1.0.0'))).decision, 'already_present');
  });

  test('makes its version current whichever was before, also an older one', async (t) => {
    const device = await deviceWith(await TestDevice.make(t), '1.0.0', '3.0.0', '2.0.0');
    assert.equal(await currentVersion(device), '2.0.0');
    assert.deepEqual(Object.keys(await snapshot(device.path('apps/shop/releases'))), [
      '2.0.0',
      '2.0.0/version',
      '3.0.0',
      '3.0.0/version',
    ]);
  });

  test('runs script and health check in the release, with a clean environment and no shell', async (t) => {
    process.env['ROLLCALL_TEST_LEAK'] = 'leaked';
    t.after(() => delete process.env['ROLLCALL_TEST_LEAK']);
    const device = await TestDevice.make(t);
    const archive = await packageOf('1.0.0', {
      'hooks/set up; exit 9':
        'pwd; env | sort; echo configured > settings; echo "$# arguments"; test ! -e ../../current',
      'hooks/health': 'cat settings >&2; readlink ../../current',
    });
    const action = install('1.0.0', { script: 'hooks/set up; exit 9', health: './hooks/health' });
    assert.deepEqual(await device.perform(action, archive), { outcome: 'succeeded', version: '1.0.0' });
    const release = device.path('apps/shop/releases/1.0.0');
    const lines = device.outputText().split('\n');
    assert.equal(lines[0], release);
    const names = lines.slice(1).flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
    // The shell that runs the script adds PWD and the like.
    assert.deepEqual(
      names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)),
      ['HOME', 'PATH', 'ROLLCALL_APP', 'ROLLCALL_RELEASE_DIR', 'ROLLCALL_TASK_ID', 'ROLLCALL_VERSION'],
    );
    assert.ok(lines.includes(`ROLLCALL_RELEASE_DIR=${release}`));
    assert.ok(lines.includes('0 arguments'));
    // Nothing was current when the script ran, the release was when the health check did. Two pipes have no order.
    assert.deepEqual(lines.slice(-3).toSorted(), ['', 'configured', 'releases/1.0.0']);
  });

  test('makes a named script executable when a zip from elsewhere carries no modes', async (t) => {
    const device = await TestDevice.make(t);
    const archive = zipOf([{ name: 'setup', content: script('echo ran') }], false);
    const result = await device.perform(install('1.0.0', { script: 'setup' }), archive);
    assert.equal(result.outcome, 'succeeded');
    assert.equal(device.outputText(), 'ran\n');
  });

  test('with a failing script leaves what was there, and says the exit code', async (t) => {
    const device = await deviceWith(await TestDevice.make(t), '1.0.0');
    const before = await snapshot(device.path('apps'));
    const archive = await packageOf('2.0.0', { setup: 'echo broken; exit 7' });
    const result = await device.perform(install('2.0.0', { script: 'setup' }), archive);
    assert.deepEqual(result, {
      outcome: 'failed',
      code: 'script_failed',
      message: 'the install script ended with exit code 7',
      exitCode: 7,
    });
    assert.deepEqual(await snapshot(device.path('apps')), before);
    assert.equal(device.outputText(), 'broken\n');
  });

  test('for the first time with a failing health check leaves nothing installed', async (t) => {
    const device = await TestDevice.make(t);
    const archive = await packageOf('1.0.0', { health: 'exit 3' });
    const result = await device.perform(install('1.0.0', { health: 'health' }), archive);
    assert.ok(result.outcome === 'failed' && result.code === 'health_failed' && result.exitCode === 3);
    assert.equal(result.rolledBackTo, undefined);
    assert.deepEqual(await snapshot(device.path('apps')), { shop: '755/', 'shop/releases': '755/' });
  });

  test('refuses scripts that are not files of the package', async (t) => {
    const device = await TestDevice.make(t);
    const archive = await tarOf([
      { name: 'dir', type: 'directory' },
      { name: 'file', content: 'x' },
    ]);
    for (const name of ['missing', 'dir', '../../../../../../bin/true', '/bin/true', 'dir/../../x', '.']) {
      const result = await device.perform(install('1.0.0', { script: name }), archive);
      assert.ok(result.outcome === 'failed' && result.code === 'script_missing', name);
      await forgetAction(device.policy, 'task-1');
    }
    assert.deepEqual(await snapshot(device.path('apps')), { shop: '755/', 'shop/releases': '755/' });
  });

  test('ends a hanging health check and all its children at the time limit, and goes back', async (t) => {
    const device = await deviceWith(await TestDevice.make(t), '1.0.0');
    const archive = await packageOf('2.0.0', { health: 'sleep 1000 & echo $!; trap "" TERM; wait; sleep 1000' });
    const started = performance.now();
    const result = await device.perform(install('2.0.0', { health: 'health' }), archive, { timeoutMs: 1500 });
    assert.ok(performance.now() - started < 10_000);
    assert.ok(result.outcome === 'timed_out' && result.code === 'timed_out', JSON.stringify(result));
    assert.equal(result.rolledBackTo, '1.0.0');
    assert.equal(await currentVersion(device), '1.0.0');
    const child = Number(device.outputText());
    assert.ok(child > 1);
    assert.throws(() => process.kill(child, 0));
  });

  test('does not wait for what a script leaves running on purpose', async (t) => {
    const device = await TestDevice.make(t);
    const archive = await packageOf('1.0.0', { setup: 'sleep 30 & echo $!' });
    const started = performance.now();
    const result = await device.perform(install('1.0.0', { script: 'setup' }), archive);
    assert.equal(result.outcome, 'succeeded');
    assert.ok(performance.now() - started < 10_000);
    process.kill(Number(device.outputText()));
  });

  test('is cancelled at once before it applies, and keeps its true result when it applies', async (t) => {
    const device = await deviceWith(await TestDevice.make(t), '1.0.0');
    const cancel = new AbortController();
    const context = {
      signal: cancel.signal,
      checkpoint: (point: string) => point.startsWith('announced') && cancel.abort(),
    };
    const early = await device.perform(install('2.0.0'), await packageOf('2.0.0'), context as object);
    assert.ok(early.outcome === 'cancelled' && early.code === 'cancelled');
    assert.equal(await currentVersion(device), '1.0.0');

    const later = new AbortController();
    const archive = await packageOf('3.0.0', { setup: 'echo go; sleep 0.3' });
    const result = await device.perform(install('3.0.0', { script: 'setup' }), archive, {
      taskId: 'task-2',
      signal: later.signal,
      output: () => later.abort(),
    });
    assert.deepEqual(result, { outcome: 'succeeded', version: '3.0.0' });
  });

  test('that does not end after a cancel is ended when the grace time is over', async (t) => {
    const device = await deviceWith(await TestDevice.make(t), '1.0.0');
    const cancel = new AbortController();
    const archive = await packageOf('2.0.0', { setup: 'echo go; exec sleep 1000' });
    const result = await device.perform(install('2.0.0', { script: 'setup' }), archive, {
      signal: cancel.signal,
      output: () => cancel.abort(),
      cancelGraceMs: 100,
    });
    assert.ok(result.outcome === 'cancelled');
    assert.deepEqual(Object.keys(await snapshot(device.path('apps/shop/releases'))), ['1.0.0', '1.0.0/version']);
  });

  test('refuses names that would lead elsewhere', async (t) => {
    const device = await TestDevice.make(t);
    for (const action of [
      install('../1'),
      install('1/2'),
      install(''),
      { ...install('1'), app: '..' },
      { ...install('1'), app: 'a/b' },
    ]) {
      const plan = await device.plan(action);
      assert.ok(plan.decision === 'rejected' && plan.code === 'bad_action');
    }
  });
});

describe('update of an app', () => {
  test('goes from version to version and keeps as many releases as it is told', async (t) => {
    const device = await deviceWith(await TestDevice.make(t), '1.0.0');
    for (const [index, version] of ['1.1.0', '1.2.0', '1.10.0'].entries()) {
      const action = update(version, { from: '^1.0.0', keep: 3 });
      const result = await device.perform(action, await packageOf(version), { taskId: `task-${index}` });
      assert.deepEqual(result, { outcome: 'succeeded', version });
    }
    assert.equal(await currentVersion(device), '1.10.0');
    const releases = Object.keys(await snapshot(device.path('apps/shop/releases')));
    assert.deepEqual(
      releases.filter((name) => !name.includes('/')),
      ['1.1.0', '1.10.0', '1.2.0'],
    );
  });

  test('that is older than what the device had is rejected, unless its task says that it may; then that is the highest', async (t) => {
    const device = await deviceWith(await TestDevice.make(t), '1.0.0', '2.0.0');
    const plan = await device.plan(install('1.5.0'));
    assert.ok(plan.decision === 'rejected' && plan.code === 'version_rollback');
    // Also when the newer one is not there any more.
    await rm(device.path('apps'), { recursive: true });
    assert.equal((await device.plan(install('1.5.0'))).decision, 'rejected');
    const down = install('1.5.0', { allowDowngrade: true });
    assert.equal((await device.perform(down, await packageOf('1.5.0'))).outcome, 'succeeded');
    assert.equal((await device.plan(install('1.4.0'))).decision, 'rejected');
    assert.equal((await device.plan(install('1.6.0'))).decision, 'perform');
  });

  test('is rejected when nothing is installed, out of its range, or downwards', async (t) => {
    const device = await TestDevice.make(t);
    const rejectedWith = async (action: UpdateAction): Promise<string> => {
      const plan = await device.plan(action);
      assert.ok(plan.decision === 'rejected');
      const result = await device.perform(action, await packageOf(action.version));
      await forgetAction(device.policy, 'task-1');
      assert.ok(result.outcome === 'rejected' && result.code === plan.code);
      return plan.code;
    };
    assert.equal(await rejectedWith(update('2.0.0')), 'not_installed');
    await deviceWith(device, '1.5.0');
    assert.equal(await rejectedWith(update('2.0.0', { from: '<1.5' })), 'version_out_of_range');
    assert.equal(await rejectedWith(update('2.0.0', { from: 'what?' })), 'bad_action');
    assert.equal(await rejectedWith(update('1.4.9')), 'downgrade_refused');
    assert.equal(await rejectedWith(update('unordered')), 'version_unknown');
    assert.equal(await currentVersion(device), '1.5.0');
  });

  test('goes down when it is allowed to, and to the same version it has nothing to do', async (t) => {
    const device = await deviceWith(await TestDevice.make(t), '2.0.0');
    const down = update('1.0.0', { allowDowngrade: true });
    assert.deepEqual(await device.perform(down, await packageOf('1.0.0')), { outcome: 'succeeded', version: '1.0.0' });
    const again = await device.plan(update('1.0.0', { from: '>5' }), 10, 1, await packageOf('1.0.0'));
    assert.deepEqual(again, { decision: 'already_present', version: '1.0.0' });
  });

  test('rolls back by itself when the health check fails, also onto a release of the same version', async (t) => {
    const device = await deviceWith(await TestDevice.make(t), '2.0.0', '1.0.0');
    await writeFile(device.path('apps/shop/releases/2.0.0/kept'), 'kept');
    const before = await snapshot(device.path('apps'));
    const archive = await packageOf('2.0.0', { health: 'test "$ROLLCALL_VERSION" = 1.0.0' });
    const result = await device.perform(update('2.0.0', { health: 'health' }), archive);
    assert.deepEqual(result, {
      outcome: 'failed',
      code: 'health_failed',
      message: 'the health check ended with exit code 1; rolled back to 1.0.0',
      exitCode: 1,
      rolledBackTo: '1.0.0',
    });
    assert.deepEqual(await snapshot(device.path('apps')), before);
  });

  test('cut off anywhere is undone before another attempt is planned, which does not find it installed', async (t) => {
    const action = update('2.0.0');
    const archive = await packageOf('2.0.0');
    await atEveryCheckpoint(
      async () => {
        const device = await deviceWith(await TestDevice.make(t), '1.0.0');
        return { device, context: await device.context(action, archive) };
      },
      async (device, _context, point) => {
        const isOver = hasSucceeded(point);
        assert.equal(
          (await device.plan(action, 10, 2, archive)).decision,
          isOver ? 'already_present' : 'perform',
          point,
        );
        assert.equal(await currentVersion(device), isOver ? '2.0.0' : '1.0.0', point);
        await device.assertTidy();
      },
    );
  });

  test('refused at the last check stays refused wherever it is cut off', async (t) => {
    const archive = await packageOf('2.0.0');
    const count = await atEveryCheckpoint(
      async () => {
        const device = await deviceWith(await TestDevice.make(t), '1.0.0');
        const context = await device.context(update('2.0.0'), archive);
        assert.equal((await device.plan(update('2.0.0'))).decision, 'perform');
        await device.perform(update('3.0.0'), await packageOf('3.0.0'), { taskId: 'task-2' });
        return { device, context };
      },
      async (device, context, point) => {
        const result = await performAction(context);
        assert.ok(result.outcome === 'rejected' && result.code === 'downgrade_refused', point);
        assert.equal(await currentVersion(device), '3.0.0', point);
        await device.assertTidy();
      },
    );
    assert.ok(count >= 1);
  });

  test('cut off in staging is examined again, because another task may have changed the device since', async (t) => {
    const archive = await packageOf('2.0.0');
    for (const point of ['announced a temporary', 'saved previous, hadRelease', 'entered staging']) {
      const device = await deviceWith(await TestDevice.make(t), '1.0.0');
      const context = await device.context(update('2.0.0'), archive);
      assert.equal(await performCutOff(context, point), point);
      await performAction(await device.context(update('3.0.0'), await packageOf('3.0.0'), { taskId: 'task-2' }));
      const result = await performAction(context);
      assert.ok(result.outcome === 'rejected' && result.code === 'downgrade_refused', point);
      assert.equal(await currentVersion(device), '3.0.0', point);
      await device.assertTidy();
    }
  });

  test('is completed or undone by the next run wherever it is cut off', async (t) => {
    for (const isHealthy of [true, false]) {
      const archive = await packageOf('2.0.0', {
        setup: 'echo configured > settings',
        health: `exit ${isHealthy ? 0 : 1}`,
      });
      const action = update('2.0.0', { script: 'setup', health: 'health', keep: 1 });
      const count = await atEveryCheckpoint(
        async () => {
          const device = await TestDevice.make(t);
          // Beside the current release there is one of the very version, left by an earlier update.
          await deviceWith(device, '1.0.0');
          await mkdir(device.path('apps/shop/releases/2.0.0'));
          await writeFile(device.path('apps/shop/releases/2.0.0/version'), 'former 2.0.0');
          return { device, context: await device.context(action, archive) };
        },
        async (device, context, point) => {
          assert.match(await currentVersion(device), /^(1|2)\.0\.0$/, point);
          const result = await performAction(context);
          await device.assertTidy();
          const releases = await snapshot(device.path('apps/shop/releases'));
          const names = Object.keys(releases).filter((name) => !name.includes('/'));
          if (isHealthy) {
            assert.deepEqual(result, { outcome: 'succeeded', version: '2.0.0' }, point);
            assert.equal(await currentVersion(device), '2.0.0', point);
            assert.equal(releases['2.0.0/settings'], '644 configured\n', point);
            assert.deepEqual(names, ['2.0.0'], point);
          } else {
            assert.ok(
              result.outcome === 'failed' && result.code === 'health_failed',
              `${point}: ${JSON.stringify(result)}`,
            );
            assert.equal(result.rolledBackTo, '1.0.0', point);
            assert.equal(await currentVersion(device), '1.0.0', point);
            assert.equal(releases['2.0.0/version'], '644 former 2.0.0', point);
            assert.deepEqual(names, ['1.0.0', '2.0.0'], point);
          }
          assert.deepEqual(await performAction(context), result, point);
        },
      );
      assert.ok(count >= 12, `${count} checkpoints`);
    }
  });

  test('never goes back to a release that it has removed, wherever it is cut off', async (t) => {
    // What is healthy before the cut need not be after it.
    const archive = await packageOf('2.0.0', { health: 'test ! -e checked || exit 1; touch checked' });
    const action = update('2.0.0', { health: 'health', keep: 1 });
    for (const isGivenUp of [false, true]) {
      await atEveryCheckpoint(
        async () => {
          const device = await deviceWith(await TestDevice.make(t), '1.0.0');
          return { device, context: await device.context(action, archive) };
        },
        async (device, context, point) => {
          const result = isGivenUp ? await device.plan(action, 10, 2, archive) : await performAction(context);
          const isThere = 'outcome' in result ? result.outcome === 'succeeded' : result.decision === 'already_present';
          assert.ok(isThere || !hasSucceeded(point), point);
          assert.equal(await currentVersion(device), isThere ? '2.0.0' : '1.0.0', point);
          await device.assertTidy();
        },
      );
    }
  });

  test('stays a success when what it leaves cannot be tidied', async (t) => {
    const device = await deviceWith(await TestDevice.make(t), '1.0.0');
    const order = device.path('apps/shop/order.json');
    const checkpoint = async (point: string): Promise<void> => {
      if (point !== 'entered verifying') return;
      await rm(order);
      await mkdir(order);
    };
    const result = await device.perform(update('2.0.0', { keep: 1 }), await packageOf('2.0.0'), { checkpoint });
    assert.deepEqual(result, { outcome: 'succeeded', version: '2.0.0' });
    assert.equal(await currentVersion(device), '2.0.0');
  });

  test('that was cut off is undone before another attempt begins', async (t) => {
    const archive = await packageOf('2.0.0');
    await atEveryCheckpoint(
      async () => {
        const device = await deviceWith(await TestDevice.make(t), '1.0.0');
        return { device, context: await device.context(update('2.0.0'), archive) };
      },
      async (device, _, point) => {
        const refused = update('2.0.0', { from: '<1' });
        const result = await device.perform(refused, archive, { attempt: 2 });
        // Where the first attempt had succeeded, its version is there.
        if (result.outcome === 'succeeded') assert.ok(hasSucceeded(point), point);
        else assert.ok(result.code === 'version_out_of_range', point);
        assert.equal(await currentVersion(device), result.outcome === 'succeeded' ? '2.0.0' : '1.0.0');
      },
    );
  });
});
