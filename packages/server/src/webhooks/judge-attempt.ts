/** What follows from an attempt, for the message and for its webhook. Pure. */
import type { WebhookMessageRecord, WebhookRecord } from '../core/records.ts';
import {
  WEBHOOK_ATTEMPTS_MAX,
  WEBHOOK_AWAY_AFTER_FAILURES,
  WEBHOOK_DISABLED_AFTER_MS,
  WEBHOOK_RETRY_FACTOR,
  WEBHOOK_RETRY_JITTER,
  WEBHOOK_RETRY_MS_MAX,
} from '../limits.ts';

export interface Attempt {
  readonly at: number;
  readonly durationMs: number;
  /** Null: there was no answer. */
  readonly status: number | null;
  readonly answer: string | null;
  /** Null: it was taken. */
  readonly error: string | null;
  /** The receiver asks not to be asked before (RFC 9110 §10.2.3). */
  readonly retryAfterMs: number | undefined;
}

export interface Judged {
  readonly message: Partial<WebhookMessageRecord>;
  readonly webhook: Partial<WebhookRecord>;
  /** The receiver was away and is back: what waits need not wait any longer. */
  readonly isBack: boolean;
}

/**
 * A webhook that was paused or disabled while this was on its way stays so, and keeps what tells the one from the other.
 *
 * @param dice from 0 to 1, for the jitter
 */
export function judgeAttempt(
  webhook: Pick<WebhookRecord, 'enabled' | 'failureCount' | 'failingSince'>,
  { attemptCount }: Pick<WebhookMessageRecord, 'attemptCount'>,
  { at, retryAfterMs, ...seen }: Attempt,
  { retryMs, dice }: { readonly retryMs: number; readonly dice: number },
): Judged {
  const count = attemptCount + 1;
  const tried = { ...seen, attemptCount: count, attemptedAt: at };
  if (seen.error === null) {
    return {
      message: { ...tried, state: 'delivered', nextAttemptAt: null },
      webhook: {
        ...(webhook.enabled ? { failureCount: 0, failingSince: null } : {}),
        lastError: null,
        lastSuccessAt: at,
      },
      isBack: isAway(webhook),
    };
  }
  const failingSince = webhook.failingSince ?? at;
  const reason = webhook.enabled ? reasonToDisable(seen.status, at - failingSince, seen.error) : undefined;
  const isGivenUp = reason === undefined && count >= WEBHOOK_ATTEMPTS_MAX;
  const delayMs = Math.max(backOffMs(count, retryMs, dice), Math.min(retryAfterMs ?? 0, WEBHOOK_RETRY_MS_MAX));
  return {
    message: {
      ...tried,
      state: isGivenUp ? 'failed' : 'waiting',
      nextAttemptAt: isGivenUp ? null : at + seen.durationMs + delayMs,
    },
    webhook: {
      ...(webhook.enabled ? { failureCount: webhook.failureCount + 1, failingSince } : {}),
      lastError: seen.error,
      ...(reason === undefined ? {} : { enabled: false, disabledReason: reason }),
    },
    isBack: false,
  };
}

/** Whether it is asked carefully: one message at a time. */
export function isAway({ failureCount }: Pick<WebhookRecord, 'failureCount'>): boolean {
  return failureCount >= WEBHOOK_AWAY_AFTER_FAILURES;
}

/** Standard Webhooks, "Deliverability and reliability": exponential, with jitter, over days. */
export function backOffMs(attemptCount: number, retryMs: number, dice: number): number {
  const delay = Math.min(WEBHOOK_RETRY_MS_MAX, retryMs * WEBHOOK_RETRY_FACTOR ** (attemptCount - 1));
  return Math.round(delay * (1 + WEBHOOK_RETRY_JITTER * (2 * dice - 1)));
}

/** Seconds or a date, as `Retry-After` has it. */
export function parseRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const until = /^\d{1,9}$/.test(text) ? now + Number(text) * 1000 : Date.parse(text);
  return Number.isNaN(until) ? undefined : Math.max(0, until - now);
}

function reasonToDisable(status: number | null, failingMs: number, error: string): string | undefined {
  // Standard Webhooks, "Delivery success and failure": the receiver is not interested any more.
  if (status === GONE) return 'the receiver says that it is gone (410)';
  if (failingMs < WEBHOOK_DISABLED_AFTER_MS) return undefined;
  return `nothing was taken for ${WEBHOOK_DISABLED_AFTER_MS / 3_600_000} hours; at last: ${error}`;
}

const GONE = 410;
