/** One attempt, from the signature to the row that says how it went. */
import type { Store } from '../core/ports.ts';
import type { WebhookMessageRecord, WebhookRecord } from '../core/records.ts';
import type { AllowedAddresses } from './allowed-addresses.ts';
import { isAway, judgeAttempt, type Attempt } from './judge-attempt.ts';
import type { LookupName } from './name-lookup.ts';
import { postMessage } from './post-message.ts';
import { signedHeaders } from './sign-message.ts';

export interface AttemptPorts {
  readonly store: Store;
  readonly allowed: AllowedAddresses;
  readonly lookup: LookupName;
  readonly now: () => number;
  readonly newId: () => string;
  readonly retryMs: number;
  readonly timeoutMs: number;
  readonly meter: WebhookMeter;
  readonly onDisabled: (webhook: WebhookRecord, reason: string) => void;
  readonly onError: (error: unknown) => void;
}

export interface WebhookMeter {
  readonly onAttempt: (isTaken: boolean, seconds: number) => void;
  readonly onGivenUp: () => void;
}

/** Sends it once. Undefined: it was cut off by ourselves, or the webhook is gone; nothing is known of how it went. */
export async function tryMessage(
  { store, allowed, lookup, now, timeoutMs, meter }: AttemptPorts,
  { id, url }: Pick<WebhookRecord, 'id' | 'url'>,
  message: WebhookMessageRecord,
  signal: AbortSignal,
): Promise<Attempt | undefined> {
  const secrets = await store.reader.webhookSecrets(id);
  if (secrets === undefined) return undefined;
  const at = now();
  const headers = signedHeaders(message, secrets, at);
  const posted = await postMessage({ url, headers, body: message.body, allowed, lookup, timeoutMs, signal });
  if (signal.aborted) return undefined;
  meter.onAttempt(posted.error === null, posted.durationMs / 1000);
  return { at, ...posted };
}

/** And writes down how it went. True: the receiver is away, it seems. */
export async function attemptMessage(
  ports: AttemptPorts,
  webhook: WebhookRecord,
  message: WebhookMessageRecord,
  signal: AbortSignal,
): Promise<boolean> {
  const { store, now, retryMs, meter, onDisabled } = ports;
  const attempt = await tryMessage(ports, webhook, message, signal);
  if (attempt === undefined) return false;
  const standing = await store.transact(async (transactor) => {
    // As they are now: others were on their way meanwhile, and somebody may have sent the message again.
    const before = await transactor.webhook(webhook.id);
    const tried = await transactor.webhookMessage(message.id);
    if (before === undefined || tried === undefined) return undefined;
    // Where it went nothing is sent any more: that it failed there says nothing of the address that there is now.
    if (attempt.error !== null && before.url !== webhook.url) return undefined;
    const judged = judgeAttempt(before, tried, attempt, { retryMs, dice: Math.random() });
    await transactor.updateWebhookMessage(message.id, judged.message);
    await transactor.updateWebhook(webhook.id, judged.webhook);
    if (judged.isBack) await transactor.hastenWebhookMessages(webhook.id, now(), false);
    return { ...judged, before, after: { ...before, ...judged.webhook } };
  });
  if (standing === undefined) return false;
  const { before, after } = standing;
  if (standing.message.state === 'failed') meter.onGivenUp();
  if (before.enabled && !after.enabled) onDisabled(after, after.disabledReason ?? '');
  return isAway(after);
}
