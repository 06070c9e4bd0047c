import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatRate, formatSeconds } from './format.ts';
import { formatTable, printable } from './table.ts';

test('numbers are written as people read them', () => {
  assert.equal(formatBytes(999), '999 B');
  assert.equal(formatBytes(1536), '1.5 KiB');
  assert.equal(formatRate(94_500_000), '94.5 Mbit/s');
  assert.equal(formatSeconds(3725), '1 h 2 min');
  assert.equal(formatSeconds(Number.POSITIVE_INFINITY), '-');
});

test('columns are as wide as their widest cell', () => {
  assert.equal(formatTable(['a', 'long'], [['xxx', 'y']]), 'A    LONG\nxxx  y');
});

test('no control character of another machine reaches the terminal', () => {
  assert.equal(printable('a\u001b[31mred\nline'), 'a [31mred line');
});
