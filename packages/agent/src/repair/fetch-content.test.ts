import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { contentOf } from '../../test/test-content.ts';
import { StoredContent } from '../journal/stored-content.ts';
import { FETCH_DURABLE_BYTES_MAX } from '../limits.ts';
import type { DeviceConnection } from '../link/device-connection.ts';
import { fetchContent } from './fetch-content.ts';

test('leaves whose write-back failed are not held, though the next sync says nothing of it', async (t) => {
  const leafSize = 65_536;
  const bytes = randomBytes(FETCH_DURABLE_BYTES_MAX + leafSize);
  const { description, leafTable, travelling, contentKey } = contentOf(bytes, leafSize, 'identity');
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-fetch-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const content = await StoredContent.open(join(folder, 'content'), description, contentKey);
  t.after(() => content.close());
  content.takeLeafTable(leafTable);
  const file = await open(content.path, 'r');
  const prototype = Object.getPrototypeOf(file) as typeof file;
  await file.close();
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  const sync = t.mock.method(prototype, 'datasync', () => Promise.resolve());
  sync.mock.mockImplementationOnce(() => Promise.reject(full));
  const stream = async () => ({
    body: (async function* () {
      yield travelling;
    })(),
  });
  const end = await fetchContent({
    connection: { stream } as unknown as DeviceConnection,
    content,
    rate: undefined,
    signal: new AbortController().signal,
    log: pino({ level: 'silent' }),
  });
  assert.ok(end.outcome === 'failed' && end.error.code === 'no_space', JSON.stringify(end));
  assert.equal(content.bytesHeld, 0);
});
