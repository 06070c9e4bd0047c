import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { DeviceTrust } from './device-trust.ts';

test('what a device trusts is not begun anew because it cannot be read', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-trust-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'trust.json');
  await symlink('trust.json', path);
  const options = { path, certificateAuthority: '', certifiedAt: 0, clock: () => 0, log: pino({ level: 'silent' }) };
  await assert.rejects(DeviceTrust.open(options), { code: 'ELOOP' });
});
