import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSeconds } from './format.ts';
import { formatTable, printable } from './table.ts';

test('times are written as people read them', () => {
  assert.equal(formatSeconds(3725), '1 h 2 min');
  assert.equal(formatSeconds(Number.POSITIVE_INFINITY), '-');
});

test('columns are as wide as their widest cell', () => {
  assert.equal(formatTable(['a', 'long'], [['xxx', 'y']]), 'A    LONG\nxxx  y');
});

test('no control character of another machine reaches the terminal', () => {
  assert.equal(printable('a\u001b[31mred\nline'), 'a [31mred line');
});
