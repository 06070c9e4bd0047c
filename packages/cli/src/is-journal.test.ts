import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { isJournal } from './is-journal.ts';

test('the journal is known by the device and inode that systemd names, and nothing else is', () => {
  const fd = openSync(import.meta.filename, 'r');
  const { dev, ino } = fstatSync(fd);
  assert.equal(isJournal({ fd }, { JOURNAL_STREAM: `${dev}:${ino}` }), true);
  assert.equal(isJournal({ fd }, { JOURNAL_STREAM: `${dev}:${ino + 1}` }), false);
  assert.equal(isJournal({ fd }, {}), false);
  closeSync(fd);
});
