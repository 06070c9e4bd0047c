import assert from 'node:assert/strict';
import { test } from 'node:test';
import { document } from './documents.ts';
import { ROOT } from './source-files.ts';

test('every message of the wire has its place in docs/PROTOCOL.md', async () => {
  const { MESSAGES } = (await import(`${ROOT}/packages/norm/src/wire/message.ts`)) as {
    readonly MESSAGES: Readonly<Record<string, { readonly name?: string }>>;
  };
  const text = document('docs/PROTOCOL.md');
  const names = Object.entries(MESSAGES).map(([key, message]) => message.name ?? key);
  assert.ok(names.length >= 8);
  assert.deepEqual(
    names.filter((name) => !text.includes(name)),
    [],
  );
});
