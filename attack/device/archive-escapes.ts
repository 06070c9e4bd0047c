import assert from 'node:assert/strict';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArchiveEntry, tarOf, zipOf } from '../../packages/agent/src/actions/action-fixture.ts';
import { performAction } from '../../packages/agent/src/actions/perform-action.ts';
import type { Attack } from '../attack.ts';
import { makeVictim, type VictimDevice } from '../support/victim-device.ts';

/** Packages and trees whose entries lead out of the place that they are unpacked in, in each form of archive. */
export const attack: Attack = {
  name: 'archives that escape: absolute, "..", through symlinks and hard links, devices, set-user-id',
  async run(scale) {
    await using victim = await makeVictim();
    const { device, root, outside, secret } = victim;
    const before = await victim.look();
    let count = 0;
    for (const [index, entries] of [...escapes(outside, secret)].entries()) {
      if (scale === 'short' && index % 6 !== 0) continue;
      const tar = await tarOf(entries).catch(() => undefined);
      const zip = entries.some(({ type }) => type === 'link' || type === 'character-device')
        ? undefined
        : zipOf(entries);
      const packages = [tar, zip, ...(tar === undefined ? [] : [gzipSync(tar), zstdCompressSync(tar)])];
      for (const content of packages.filter((archive) => archive !== undefined)) {
        const app = {
          kind: 'install',
          app: 'evil',
          version: `1.0.${count}`,
          packageKind: 'app',
          packageName: 'p',
        } as const;
        await performAction(await device.context(app, content, { taskId: `task-${count}` }));
        count += 1;
        if (content === tar) {
          const tree = { kind: 'copy', form: 'tree', to: `tree-${count}`, name: 'tree' } as const;
          await performAction(await device.context(tree, content, { taskId: `task-${count}` }));
          count += 1;
        }
        assert.deepEqual(await victim.look(), before, JSON.stringify(entries));
      }
    }
    for (const place of [root, device.path('apps')]) await assertHarmless(place);
    await assertConfined(victim);
    return { count, stoppedBy: 'names are checked, symlinks made last, special files refused, their bits dropped' };
  },
};

function* escapes(outside: string, secret: string): Generator<readonly ArchiveEntry[]> {
  const evil = { content: 'evil', mode: 0o6777 } as const;
  for (const name of [secret, `..${secret}`, '../evil', 'a/../../../evil', '/', './../evil', 'a/./../../evil', '..']) {
    yield [{ name, ...evil }];
    yield [
      { name: 'kept', ...evil },
      { name, ...evil },
    ];
  }
  for (const target of [outside, '..', '../../outside', '../../../../outside', '/proc/self/root', '/']) {
    yield [
      { name: 'out', type: 'symlink', target },
      { name: 'out/secret', ...evil },
    ];
    yield [
      { name: 'out/secret', ...evil },
      { name: 'out', type: 'symlink', target },
    ];
    yield [
      { name: 'out', type: 'symlink', target },
      { name: 'out/', type: 'directory', mode: 0o777 },
    ];
    yield [
      { name: 'a', type: 'symlink', target: '.' },
      { name: 'b', type: 'symlink', target: `a/${target}` },
      { name: 'b/x', ...evil },
    ];
    yield [
      { name: 'd/', type: 'directory' },
      { name: 'd', type: 'symlink', target },
      { name: 'd/secret', ...evil },
    ];
  }
  for (const target of [secret, `../../../../outside/secret`, 'link', '/etc/passwd']) {
    yield [
      { name: 'link', type: 'symlink', target: secret },
      { name: 'hard', type: 'link', target },
      { name: 'hard', ...evil },
    ];
    yield [{ name: 'hard', type: 'link', target }];
  }
  for (const type of ['fifo', 'character-device'] as const) yield [{ name: 'special', type }];
  yield [
    { name: 'su', ...evil },
    { name: 'su/', type: 'directory', mode: 0o7777 },
  ];
  yield [
    { name: 'sticky/', type: 'directory', mode: 0o7777 },
    { name: 'sticky/su', ...evil },
  ];
}

/** What leads out by a level or two may still lie within the device's own folders, or beside them: nothing is there but what has to be. */
async function assertConfined({ device, root }: VictimDevice): Promise<void> {
  const expected: readonly (readonly [string, RegExp])[] = [
    [device.directory, /^(data|root|outside|task-\d+-1\.content)$/],
    [root, /^tree-\d+$/],
    [device.path(), /^(actions|apps|staging|versions)$/],
    [device.path('apps'), /^evil$/],
    [device.path('apps', 'evil'), /^(current|digests\.json|order\.json|releases)$/],
    [device.path('apps', 'evil', 'releases'), /^1\.0\.\d+$/],
  ];
  for (const [place, names] of expected) {
    for (const name of await readdir(place)) assert.match(name, names, `${name} in ${place}`);
  }
}

/** What was unpacked: no special files, no bits that lend rights. */
async function assertHarmless(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    const path = join(place, name);
    const stats = await lstat(path);
    assert.ok(stats.isFile() || stats.isDirectory() || stats.isSymbolicLink(), `${path} is special`);
    if (!stats.isSymbolicLink()) assert.equal(stats.mode & 0o7000, 0, `${path} lends rights`);
    if (stats.isDirectory()) await assertHarmless(path);
  }
}
