/** All webhooks: a sender for each. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { RollcallEvent } from '@rollcall/api';
import { Problem } from '../core/problem.ts';
import type { WebhookMessageRecord, WebhookRecord } from '../core/records.ts';
import { WEBHOOK_MESSAGES_KEPT_MAX } from '../limits.ts';
import type { AllowedAddresses } from './allowed-addresses.ts';
import { tryMessage, type AttemptPorts } from './attempt-message.ts';
import { judgeAttempt } from './judge-attempt.ts';
import { testMessage, typeOf } from './webhook-events.ts';
import { WebhookSender } from './webhook-sender.ts';

export class Webhooks {
  readonly #ports: AttemptPorts;
  readonly #senders = new Map<string, WebhookSender>();
  /** A sender goes on for ever: what it does belongs to no request, whoever made the webhook. */
  readonly #byItself = AsyncLocalStorage.snapshot();
  readonly #stop = new AbortController();

  constructor(ports: AttemptPorts) {
    this.#ports = ports;
  }

  get allowed(): AllowedAddresses {
    return this.#ports.allowed;
  }

  async start(): Promise<void> {
    for (const { id } of await this.#ports.store.reader.webhooks()) this.#begin(id);
  }

  /** Events were committed. */
  onEvents(events: readonly RollcallEvent[]): void {
    if (this.#senders.size === 0) return;
    const types = new Set(events.map(typeOf));
    for (const sender of this.#senders.values()) if (sender.wants(types)) sender.wake();
  }

  onCreated(id: string): void {
    this.#begin(id);
  }

  /** Of one that was deleted in the meantime there is nobody to wake. */
  onChanged(id: string): void {
    this.#senders.get(id)?.wake();
  }

  async onDeleted(id: string): Promise<void> {
    const sender = this.#senders.get(id);
    this.#senders.delete(id);
    await sender?.close();
  }

  /** One message now, whatever waits. A receiver that takes it is taken for one that is back. */
  async test(webhook: WebhookRecord): Promise<WebhookMessageRecord> {
    const { store, now, newId, retryMs } = this.#ports;
    const message = testMessage({ id: newId(), webhookId: webhook.id, at: now() });
    const attempt = await tryMessage(this.#ports, webhook, message, this.#stop.signal);
    if (attempt === undefined) throw new Problem('unavailable', 'the webhook was deleted, or the server stops');
    const ended = await store.transact(async (transactor) => {
      const before = await transactor.webhook(webhook.id);
      const judged = judgeAttempt(before ?? webhook, message, attempt, { retryMs, dice: 0 });
      const state = attempt.error === null ? 'delivered' : 'failed';
      const tested = { ...message, ...judged.message, state, nextAttemptAt: null } as const;
      if (before === undefined) return tested;
      await transactor.insertWebhookMessages([tested]);
      await transactor.keepLastWebhookMessages(webhook.id, WEBHOOK_MESSAGES_KEPT_MAX);
      if (state === 'failed' || before.url !== webhook.url) return tested;
      await transactor.updateWebhook(webhook.id, judged.webhook);
      await transactor.hastenWebhookMessages(webhook.id, now(), false);
      return tested;
    });
    this.onChanged(webhook.id);
    return ended;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#senders.values()].map((sender) => sender.close()));
  }

  #begin(id: string): void {
    if (this.#stop.signal.aborted) return;
    this.#senders.set(
      id,
      this.#byItself(() => new WebhookSender(this.#ports, id)),
    );
  }
}
