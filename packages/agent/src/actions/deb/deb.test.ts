import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, describe, test } from 'node:test';
import type { InstallAction, UpdateAction } from '../action.ts';
import { TestDevice, atEveryCheckpoint, performCutOff } from '../action-fixture.ts';
import { forgetAction, performAction } from '../perform-action.ts';

const cannotRun =
  process.getuid?.() !== 0 ? 'dpkg needs root' : existsSync('/usr/bin/dpkg-deb') ? false : 'dpkg is not here';

const install = (version: string, more: Partial<InstallAction> = {}): InstallAction => ({
  kind: 'install',
  app: 'rollcall-sample',
  version,
  packageKind: 'deb',
  packageName: `sample_${version}.deb`,
  ...more,
});
const update = (version: string, more: Partial<UpdateAction> = {}): UpdateAction => ({
  ...install(version),
  keep: 2,
  allowDowngrade: false,
  ...more,
  kind: 'update',
});

/** A Debian package with one file that names its version, and a check that ends as it is told. */
async function debOf(
  t: TestContext,
  version: string,
  checkExitCode = 0,
  name = 'rollcall-sample',
  depends = '',
): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'rollcall-deb-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const share = join(directory, 'tree/usr/share/sample');
  await mkdir(join(directory, 'tree/DEBIAN'), { recursive: true });
  await mkdir(share, { recursive: true });
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: sample\n${depends}`;
  await writeFile(join(directory, 'tree/DEBIAN/control'), control);
  await writeFile(join(share, 'version'), version);
  await writeFile(join(share, 'check'), `#!/bin/sh\necho "check of $ROLLCALL_VERSION"\nexit ${checkExitCode}\n`);
  await chmod(join(share, 'check'), 0o755);
  const deb = join(directory, 'package.deb');
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', join(directory, 'tree'), deb], { stdio: 'ignore' });
  return readFile(deb);
}

async function makeDevice(t: TestContext): Promise<TestDevice> {
  const base = await TestDevice.make(t);
  return TestDevice.make(t, { allow: ['deb'], dpkgRoot: join(base.directory, 'root') });
}

async function installedFile(device: TestDevice): Promise<string | undefined> {
  return readFile(join(device.policy.dpkgRoot ?? '', 'usr/share/sample/version'), 'utf8').catch(() => undefined);
}

describe('deb', { skip: cannotRun }, () => {
  test('is installed into its root, then is already present', async (t) => {
    const device = await makeDevice(t);
    const action = install('1.0-1', { health: 'usr/share/sample/check' });
    const deb = await debOf(t, '1.0-1');
    assert.deepEqual(await device.perform(action, deb), { outcome: 'succeeded', version: '1.0-1' });
    assert.equal(await installedFile(device), '1.0-1');
    assert.match(device.outputText(), /Setting up rollcall-sample[^]*check of 1\.0-1/);
    assert.deepEqual(await device.plan(action, 10, 1, deb), { decision: 'already_present', version: '1.0-1' });
    const other = await device.plan(action, 10, 1, await debOf(t, '1.0-1', 5));
    assert.ok(other.decision === 'rejected' && other.code === 'version_conflict', JSON.stringify(other));
    assert.deepEqual(await readdir(device.path('debs/rollcall-sample')), ['1.0-1.deb']);
  });

  test('is updated by the rules, and keeps the packages to go back to', async (t) => {
    const device = await makeDevice(t);
    const notThere = await device.plan(update('1.1'));
    assert.ok(notThere.decision === 'rejected' && notThere.code === 'not_installed');
    await device.perform(install('1.9'), await debOf(t, '1.9'), { taskId: 'task-0' });
    for (const [index, version] of ['1.10', '1.11~rc1', '1.11'].entries()) {
      const result = await device.perform(update(version, { from: '>=1.9 <2' }), await debOf(t, version), {
        taskId: `task-1${index}`,
      });
      assert.deepEqual(result, { outcome: 'succeeded', version });
    }
    assert.equal(await installedFile(device), '1.11');
    assert.deepEqual((await readdir(device.path('debs/rollcall-sample'))).sort(), ['1.11.deb', '1.11~rc1.deb']);
    for (const [action, code] of [
      [update('1.10'), 'downgrade_refused'],
      [update('3.0', { from: '^1.12' }), 'version_out_of_range'],
    ] as const) {
      const plan = await device.plan(action);
      assert.ok(plan.decision === 'rejected' && plan.code === code);
    }
    const down = await device.perform(update('1.10', { allowDowngrade: true }), await debOf(t, '1.10'));
    assert.deepEqual(down, { outcome: 'succeeded', version: '1.10' });
  });

  test('with a failing health check is rolled back to the package before, or removed', async (t) => {
    const device = await makeDevice(t);
    const broken = await debOf(t, '2.0', 5);
    const health = 'usr/share/sample/check';
    const first = await device.perform(install('2.0', { health }), broken, { taskId: 'task-1' });
    assert.ok(first.outcome === 'failed' && first.code === 'health_failed' && first.exitCode === 5);
    assert.equal(await installedFile(device), undefined);
    const earlier = await debOf(t, '1.0');
    await device.perform(install('1.0'), earlier, { taskId: 'task-2' });
    const second = await device.perform(update('2.0', { health }), broken, { taskId: 'task-3' });
    assert.ok(second.outcome === 'failed' && second.code === 'health_failed');
    assert.equal(second.rolledBackTo, '1.0');
    assert.equal(await installedFile(device), '1.0');
    assert.equal((await device.plan(install('1.0'), 10, 1, earlier)).decision, 'already_present');
  });

  test('that says another name or version than the task is refused, as is what is no package', async (t) => {
    const device = await makeDevice(t);
    for (const [content, code] of [
      [await debOf(t, '1.1'), 'package_mismatch'],
      [await debOf(t, '1.0', 0, 'another-name'), 'package_mismatch'],
      ['no package', 'bad_archive'],
      ['', 'bad_archive'],
    ] as const) {
      const result = await device.perform(install('1.0'), content);
      assert.ok(result.outcome === 'failed' && result.code === code, JSON.stringify(result));
      await forgetAction(device.policy, 'task-1');
    }
    assert.equal(await installedFile(device), undefined);
  });

  test('that dpkg cannot install has failed with its exit code', async (t) => {
    const device = await makeDevice(t);
    const deb = await debOf(t, '1.0');
    const result = await device.perform(install('1.0'), deb.subarray(0, deb.length - 40));
    assert.ok(
      result.outcome === 'failed' && ['dpkg_failed', 'bad_archive'].includes(result.code),
      JSON.stringify(result),
    );
    assert.equal(await installedFile(device), undefined);
  });

  test('whose dependencies are missing is undone, because half of it would be there', async (t) => {
    const device = await makeDevice(t);
    const broken = await debOf(t, '2.0', 0, 'rollcall-sample', 'Depends: rollcall-nowhere\n');
    const first = await device.perform(install('2.0'), broken, { taskId: 'task-1' });
    assert.ok(first.outcome === 'failed' && first.code === 'dpkg_failed' && first.exitCode === 1);
    assert.match(device.outputText(), /depends on rollcall-nowhere/);
    assert.equal(await installedFile(device), undefined);
    await device.perform(install('1.0'), await debOf(t, '1.0'), { taskId: 'task-2' });
    const second = await device.perform(update('2.0'), broken, { taskId: 'task-3' });
    assert.ok(second.outcome === 'failed' && second.rolledBackTo === '1.0', JSON.stringify(second));
    assert.equal(await installedFile(device), '1.0');
  });

  test('runs no script that is not a file of the package', async (t) => {
    const device = await makeDevice(t);
    const deb = await debOf(t, '1.0');
    for (const script of ['bin/true', '../../bin/true', 'usr/share/sample', 'missing']) {
      const result = await device.perform(install('1.0', { script }), deb);
      assert.ok(
        result.outcome === 'failed' && result.code === 'script_missing',
        `${script}: ${JSON.stringify(result)}`,
      );
      assert.equal(await installedFile(device), undefined);
      await forgetAction(device.policy, 'task-1');
    }
  });

  test('is completed by the next run wherever it is cut off', async (t) => {
    const [first, second] = [await debOf(t, '1.0'), await debOf(t, '2.0')];
    const count = await atEveryCheckpoint(
      async () => {
        const device = await makeDevice(t);
        await device.perform(install('1.0'), first, { taskId: 'task-0' });
        return { device, context: await device.context(update('2.0'), second) };
      },
      async (device, context, point) => {
        assert.deepEqual(await performAction(context), { outcome: 'succeeded', version: '2.0' }, point);
        assert.equal(await installedFile(device), '2.0', point);
        assert.deepEqual((await readdir(device.path('debs/rollcall-sample'))).sort(), ['1.0.deb', '2.0.deb'], point);
        await device.assertTidy();
      },
    );
    assert.ok(count >= 8, `${count} checkpoints`);
  });

  test('stays when it was given up after its success, and its predecessor is not kept any more', async (t) => {
    const device = await makeDevice(t);
    await device.perform(install('1.0'), await debOf(t, '1.0'), { taskId: 'task-0' });
    const action = update('2.0', { keep: 1 });
    const deb = await debOf(t, '2.0');
    const context = await device.context(action, deb);
    const point = 'removed the temporaries';
    assert.equal(await performCutOff(context, point), point);
    assert.deepEqual(await device.plan(action, 10, 2, deb), { decision: 'already_present', version: '2.0' });
    assert.equal(await installedFile(device), '2.0');
    assert.deepEqual(await readdir(device.path('debs/rollcall-sample')), ['2.0.deb']);
  });
});

test('a device that does not allow Debian packages rejects them', async (t) => {
  const device = await TestDevice.make(t);
  const plan = await device.plan(install('1.0'));
  assert.ok(plan.decision === 'rejected' && plan.code === 'not_allowed');
});

test('a name that dpkg could take for an option is refused', async (t) => {
  const device = await TestDevice.make(t, { allow: ['deb'] });
  for (const app of ['-x', '--root=x', 'Upper', 'a b']) {
    const plan = await device.plan({ ...install('1.0'), app });
    assert.ok(plan.decision === 'rejected' && plan.code === 'bad_action', app);
  }
});
