import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatRate, formatRatio } from '../src/format.ts';

test('quantities are read at a glance', () => {
  assert.deepEqual([0, 999, 1536, 24 * 1024 ** 2, 208 * 1024].map(formatBytes), [
    '0 B',
    '999 B',
    '1.5 KiB',
    '24.0 MiB',
    '208 KiB',
  ]);
  assert.deepEqual([94_500_000, 123_456_789, 1e9].map(formatRate), ['94.5 Mbit/s', '123 Mbit/s', '1.0 Gbit/s']);
  assert.deepEqual([null, 0, 0.0004, 0.0123].map(formatRatio), ['–', '0%', '<0.1%', '1.2%']);
});
