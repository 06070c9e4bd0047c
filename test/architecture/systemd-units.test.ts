import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { document } from './documents.ts';
import { ROOT } from './source-files.ts';

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const skip = hasSystemd ? false : 'systemd-analyze is not installed';

const units = readdirSync(join(ROOT, 'systemd')).filter((name) => name.endsWith('.service'));

test('systemd finds nothing wrong with the units', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-units-'));
  const copies = units.map((name) => {
    const copy = join(folder, name);
    // systemd checks that the program is there, and here it is not installed.
    writeFileSync(copy, document(`systemd/${name}`).replace('/usr/bin/rollcall', process.execPath));
    return copy;
  });
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...copies], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  assert.deepEqual([status, stderr], [0, '']);
});

test('the units are notified of readiness and hardened', () => {
  assert.equal(units.length, 2);
  for (const name of units) {
    const unit = document(`systemd/${name}`);
    for (const line of [
      'Type=notify',
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'LimitCORE=0',
      'CapabilityBoundingSet=\n',
    ]) {
      assert.ok(unit.includes(line), `${name}: ${line}`);
    }
  }
});
