import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { notifyServiceManager } from './notify-service-manager.ts';

test('systemd is told by its own tool that the service is ready, where it asks for it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-notify-'));
  const told = join(folder, 'told');
  writeFileSync(
    join(folder, 'systemd-notify'),
    `#!/bin/sh\nprintf '%s %s' "$*" "$NOTIFY_SOCKET" > '${told}.new'\nmv '${told}.new' '${told}'\n`,
  );
  chmodSync(join(folder, 'systemd-notify'), 0o755);
  const renamed = new Promise<void>((resolve) => {
    const watcher = watch(folder, (_event, name) => {
      if (name !== 'told') return;
      watcher.close();
      resolve();
    });
  });
  notifyServiceManager({ PATH: `${folder}:/usr/bin:/bin`, NOTIFY_SOCKET: '/run/systemd/notify' });
  await renamed;
  assert.equal(readFileSync(told, 'utf8'), '--ready /run/systemd/notify');
  rmSync(folder, { recursive: true });
});
