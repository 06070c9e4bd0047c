import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOSS_REPORT_AGE_MS_MAX } from '../limits.ts';
import { summarizeLoss } from './summarize-loss.ts';

const NOW = 1_000_000;

test('what is lost is that of those who said so lately, and nothing is no loss of zero', () => {
  const said = (lossRatio: number | undefined, lastHeardAt = NOW) => ({ lossRatio, lastHeardAt });
  const old = said(1, NOW - LOSS_REPORT_AGE_MS_MAX - 1);
  assert.deepEqual(summarizeLoss([said(0), said(0.5), said(undefined), old], NOW), {
    lossRatioMean: 0.25,
    lossRatioMax: 0.5,
  });
  assert.deepEqual(summarizeLoss([old, said(undefined)], NOW), { lossRatioMean: null, lossRatioMax: null });
});
