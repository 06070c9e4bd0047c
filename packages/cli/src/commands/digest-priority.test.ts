import assert from 'node:assert/strict';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { DigestPriority } from './digest-priority.ts';

test('digest priority: all the way back where it may come forward again, else a half', () => {
  const isRoot = process.getuid?.() === 0;
  const usual = getPriority();
  const priority = new DigestPriority();
  priority.standBack();
  assert.equal(getPriority(), isRoot ? 19 : Math.max(usual, 10));
  priority.standBack();
  priority.comeForward();
  assert.equal(getPriority(), isRoot ? usual : Math.max(usual, 10));
});
