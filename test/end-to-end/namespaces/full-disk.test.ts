import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { askDoor } from '../../support/ask-door.ts';
import { Deployment } from '../../support/deployment.ts';
import { Scratch, writeRandomFile } from '../../support/scratch.ts';
import { skip } from './lab-available.ts';

const MIB = 1024 * 1024;
const TIMEOUT_MILLIS = 240_000;

/** A small disk of its own, for as long as the scope lasts. */
function mountSmallDisk(path: string, size: number): Disposable & { readonly path: string } {
  mkdirSync(path, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', path]);
  // Lazily: a process that was just killed may still hold a file.
  return { path, [Symbol.dispose]: () => execFileSync('umount', ['--lazy', path]) };
}

test(
  'a device without the space rejects the task, and the others have it',
  { skip, timeout: TIMEOUT_MILLIS },
  async () => {
    await using deployment = await Deployment.start({ serve: ['--rate', '200mbit'] });
    using disk = mountSmallDisk(deployment.scratch.join('d1'), 48 * MIB);
    const [small, large] = await deployment.addDevices(2);
    assert.ok(small?.data.startsWith(disk.path) === true && large !== undefined);
    const file = writeRandomFile(deployment.scratch.join('f.bin'), 64 * MIB);
    const task = await deployment.createTask(['copy', file, '--to', 'f.bin', '--target', 'all', '--max-wait', '30s']);
    const view = await deployment.ended(task);
    const rows = new Map(view.deliveries.map((row) => [row.device.name, row]));
    assert.deepEqual([rows.get('d1')?.state, rows.get('d1')?.error?.code], ['rejected', 'no_space']);
    assert.equal(rows.get('d2')?.state, 'succeeded');
    assert.equal(view.outcome, 'partial');
    assert.equal(existsSync(join(small.files, 'f.bin')), false);
    // And it goes on with what fits.
    const fitting = writeRandomFile(deployment.scratch.join('g.bin'), 4 * MIB);
    const next = await deployment.createTask(['copy', fitting, '--to', 'g.bin', '--target', 'd1', '--max-wait', '30s']);
    assert.equal((await deployment.ended(next)).outcome, 'all');
  },
);

test('a server without the space refuses the content, and serves on', { skip, timeout: TIMEOUT_MILLIS }, async () => {
  using scratch = new Scratch();
  using disk = mountSmallDisk(scratch.join('server'), 48 * MIB);
  await using deployment = await Deployment.start({ serverData: disk.path });
  await deployment.addDevices(1);
  const file = writeRandomFile(scratch.join('f.bin'), 64 * MIB);
  const refused = await deployment.run(['task', 'create', 'copy', file, '--to', 'f.bin', '--target', 'all']);
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stderr, /space|full/i);
  const ready = await askDoor(deployment, '/readyz');
  assert.equal(ready.status, 503);
  assert.match(ready.body, /MiB are free below --data/);
  const fitting = writeRandomFile(scratch.join('g.bin'), 4 * MIB);
  const task = await deployment.createTask(['copy', fitting, '--to', 'g.bin', '--target', 'all', '--max-wait', '30s']);
  assert.equal((await deployment.ended(task)).outcome, 'all');
});
