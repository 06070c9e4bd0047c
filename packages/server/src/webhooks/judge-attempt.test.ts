import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  WEBHOOK_ATTEMPTS_MAX,
  WEBHOOK_AWAY_AFTER_FAILURES,
  WEBHOOK_DISABLED_AFTER_MS,
  WEBHOOK_RETRY_MS_MAX,
  WEBHOOK_RETRY_MS_MIN,
} from '../limits.ts';
import { backOffMs, judgeAttempt, parseRetryAfter, type Attempt } from './judge-attempt.ts';

const WEBHOOK = { enabled: true, failureCount: 0, failingSince: null };
const TIMING = { retryMs: WEBHOOK_RETRY_MS_MIN, dice: 0.5 };
const TAKEN: Attempt = { at: 1000, durationMs: 7, status: 204, answer: '', error: null, retryAfterMs: undefined };
const REFUSED: Attempt = { ...TAKEN, status: 503, error: 'answered 503' };

test('the back-off grows from seconds to hours, and ends after some three days', () => {
  const delays = Array.from({ length: WEBHOOK_ATTEMPTS_MAX - 1 }, (_, index) =>
    backOffMs(index + 1, WEBHOOK_RETRY_MS_MIN, 0.5),
  );
  assert.deepEqual(delays.slice(0, 4), [5_000, 20_000, 80_000, 320_000]);
  assert.equal(delays.at(-1), WEBHOOK_RETRY_MS_MAX);
  const days = delays.reduce((sum, delay) => sum + delay, 0) / 86_400_000;
  assert.ok(days > 2.5 && days < 3.5, `${days} days`);
  assert.ok(days * 86_400_000 > WEBHOOK_DISABLED_AFTER_MS, 'who takes nothing is disabled before anything is given up');
  assert.deepEqual([backOffMs(1, 5_000, 0), backOffMs(1, 5_000, 1)], [4_000, 6_000]);
});

test('what is taken is done, and ends the failing of its webhook', () => {
  const failing = { enabled: true, failureCount: 2, failingSince: 10 };
  const { message, webhook, isBack } = judgeAttempt(failing, { attemptCount: 2 }, TAKEN, TIMING);
  const { state, attemptCount, nextAttemptAt, attemptedAt } = message;
  assert.deepEqual([state, attemptCount, nextAttemptAt, attemptedAt], ['delivered', 3, null, 1000]);
  assert.deepEqual(webhook, { failureCount: 0, failingSince: null, lastError: null, lastSuccessAt: 1000 });
  assert.equal(isBack, false);
  const away = { ...failing, failureCount: WEBHOOK_AWAY_AFTER_FAILURES };
  assert.equal(judgeAttempt(away, { attemptCount: 0 }, TAKEN, TIMING).isBack, true);
});

test('what is not taken waits for its next attempt, no shorter than the receiver asks', () => {
  const first = judgeAttempt(WEBHOOK, { attemptCount: 0 }, REFUSED, TIMING);
  assert.deepEqual([first.message.state, first.message.nextAttemptAt], ['waiting', 1000 + 7 + 5_000]);
  assert.deepEqual(first.webhook, { failureCount: 1, failingSince: 1000, lastError: 'answered 503' });
  const asked = judgeAttempt(WEBHOOK, { attemptCount: 0 }, { ...REFUSED, retryAfterMs: 60_000 }, TIMING);
  assert.equal(asked.message.nextAttemptAt, 1000 + 7 + 60_000);
  const greedy = judgeAttempt(WEBHOOK, { attemptCount: 0 }, { ...REFUSED, retryAfterMs: 1e12 }, TIMING);
  assert.equal(greedy.message.nextAttemptAt, 1000 + 7 + WEBHOOK_RETRY_MS_MAX);
});

test('the last attempt gives it up', () => {
  const { message, webhook } = judgeAttempt(WEBHOOK, { attemptCount: WEBHOOK_ATTEMPTS_MAX - 1 }, REFUSED, TIMING);
  assert.deepEqual([message.state, message.nextAttemptAt], ['failed', null]);
  assert.equal(webhook.enabled, undefined);
});

test('a receiver that is gone, or has taken nothing for two days, is sent nothing more; what waits goes on waiting', () => {
  const gone = judgeAttempt(WEBHOOK, { attemptCount: 0 }, { ...REFUSED, status: 410 }, TIMING);
  assert.deepEqual([gone.message.state, gone.webhook.enabled], ['waiting', false]);
  assert.match(gone.webhook.disabledReason ?? '', /gone \(410\)/);
  const late = { ...REFUSED, at: WEBHOOK_DISABLED_AFTER_MS + 5 };
  const failing = { enabled: true, failureCount: 9, failingSince: 5 };
  const disabled = judgeAttempt(failing, { attemptCount: WEBHOOK_ATTEMPTS_MAX - 1 }, late, TIMING);
  assert.deepEqual([disabled.message.state, disabled.webhook.enabled], ['waiting', false]);
  assert.equal(disabled.webhook.disabledReason, 'nothing was taken for 48 hours; at last: answered 503');
  const paused = judgeAttempt({ ...failing, enabled: false }, { attemptCount: 1 }, late, TIMING);
  assert.deepEqual(paused.webhook, { lastError: 'answered 503' }, 'what was paused meanwhile stays paused');
  const disabledBefore = judgeAttempt({ ...failing, enabled: false }, { attemptCount: 1 }, TAKEN, TIMING);
  assert.deepEqual(disabledBefore.webhook, { lastError: null, lastSuccessAt: 1000 }, 'and what was disabled, disabled');
});

test('Retry-After is seconds or a date; what is neither says nothing', () => {
  const now = Date.UTC(2026, 0, 1);
  assert.equal(parseRetryAfter('120', now), 120_000);
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', now), 60_000);
  assert.equal(parseRetryAfter('Thu, 01 Jan 2015 00:01:00 GMT', now), 0);
  assert.equal(parseRetryAfter('soon', now), undefined);
  assert.equal(parseRetryAfter(undefined, now), undefined);
});
