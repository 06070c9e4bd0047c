/** A webhook and its messages in words. */
import type { Webhook, WebhookMessage } from '@rollcall/api';
import { webhookState } from '@rollcall/client';
import { formatTime } from './format.ts';
import { printable } from './table.ts';

export function describeWebhook(webhook: Webhook): string {
  const { url, description, events, disabledReason, waitingCount, lastSuccessAt, failingSince, lastError } = webhook;
  const lines: readonly (readonly [string, string | null])[] = [
    ['id', webhook.id],
    ['url', url],
    ['for', description === '' ? null : description],
    ['events', events.join(', ')],
    ['state', disabledReason === null ? webhookState(webhook) : `${webhookState(webhook)}: ${disabledReason}`],
    ['waiting', String(waitingCount)],
    ['last success', formatTime(lastSuccessAt)],
    ['failing since', failingSince === null ? null : formatTime(failingSince)],
    ['last error', lastError],
    ['old secret until', webhook.oldSecretUntil === null ? null : formatTime(webhook.oldSecretUntil)],
    ['created', `${formatTime(webhook.createdAt)} by ${webhook.createdBy}`],
  ];
  return lines
    .filter((line): line is readonly [string, string] => line[1] !== null)
    .map(([name, value]) => `${name.padEnd(16)}  ${printable(value)}`)
    .join('\n');
}

export function describeMessage({ state, status, durationMs, error, answer }: WebhookMessage): string {
  const outcome = state === 'delivered' ? `taken (${status})` : `not taken: ${error}`;
  const said = answer === null || answer === '' ? '' : `\nit says: ${printable(answer)}`;
  return `${printable(outcome)}, in ${durationMs} ms${said}`;
}
