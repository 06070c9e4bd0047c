/**
 * Sends what one webhook is to be told. Events become messages in the table, and a message stays there until it is taken
 * or given up: nothing is lost when the server stops, and what was taken in that very moment comes a second time under
 * the same id.
 *
 * Each webhook has a sender of its own, so that a slow receiver holds up nobody else. Messages of one webhook go side by side
 * and each waits for its own next attempt: one that is never taken does not hold up the others either. Where too many wait, the
 * events wait in their own table.
 */
import type { WebhookEvent } from '@rollcall/api';
import type { WebhookMessageRecord, WebhookRecord } from '../core/records.ts';
import {
  EVENTS_PER_READ,
  WEBHOOK_LOOKED_AT_MS,
  WEBHOOK_MESSAGES_KEPT_MAX,
  WEBHOOK_MESSAGES_WAITING_MAX,
  WEBHOOK_PLACE_WRITTEN_MS,
  WEBHOOK_POSTS_CONCURRENT_MAX,
  WEBHOOK_SKIPPED_MAX,
} from '../limits.ts';
import { isAway } from './judge-attempt.ts';
import { attemptMessage, type AttemptPorts } from './attempt-message.ts';
import { isWanted, messageOf, missedMessage, typeOf } from './webhook-events.ts';

export class WebhookSender {
  readonly #ports: AttemptPorts;
  readonly #id: string;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  readonly #inFlight = new Map<string, Promise<void>>();
  /** Of its row, as it was read last; undefined: not yet. */
  #wanted: readonly WebhookEvent[] | undefined;
  /** Sequence of the last event that was looked at. */
  #position = 0;
  #positionWrittenAt = 0;
  /** Nothing is sent before: the receiver is away, or how it went could not be written down. */
  #restsUntil = 0;
  #hasNews = false;
  #wake: (() => void) | undefined;

  constructor(ports: AttemptPorts, id: string) {
    this.#ports = ports;
    this.#id = id;
    this.#ended = this.#run();
  }

  wants(types: ReadonlySet<WebhookEvent>): boolean {
    const wanted = this.#wanted;
    return wanted === undefined || [...types].some((type) => isWanted(wanted, type));
  }

  /** Something was committed, or changed in its row. */
  wake(): void {
    this.#hasNews = true;
    this.#wake?.();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#hasNews = false;
      const idleMs = await this.#turn().catch((error: unknown) => {
        // The store: a full disk, most likely.
        this.#ports.onError(error);
        return this.#ports.retryMs;
      });
      await this.#rest(Math.min(idleMs, WEBHOOK_LOOKED_AT_MS));
    }
    await Promise.all(this.#inFlight.values());
  }

  /** Does what can be done now; gives for how long nothing will be, unless there is news. */
  async #turn(): Promise<number> {
    const { store, now } = this.#ports;
    const webhook = await store.reader.webhook(this.#id);
    this.#wanted = webhook?.events;
    if (webhook === undefined || !webhook.enabled) return Infinity;
    const isMore = await this.#takeEvents(webhook);
    const places = (isAway(webhook) ? 1 : WEBHOOK_POSTS_CONCURRENT_MAX) - this.#inFlight.size;
    const restMs = this.#restsUntil - now();
    if (places <= 0 || restMs > 0) return places <= 0 ? Infinity : restMs;
    // Those that are on their way are due as well, and come first.
    const waiting = await store.reader.waitingWebhookMessages(this.#id, this.#inFlight.size + places + 1);
    const next = waiting.filter(({ id }) => !this.#inFlight.has(id));
    const due = next.filter(({ nextAttemptAt }) => (nextAttemptAt ?? 0) <= now()).slice(0, places);
    for (const message of due) this.#start(message, webhook);
    if (isMore) return 0;
    const later = next[due.length];
    return later === undefined || due.length === places ? Infinity : Math.max(0, (later.nextAttemptAt ?? 0) - now());
  }

  /** Makes messages of the events that are wanted. True: there may be more of them at once. */
  async #takeEvents(webhook: WebhookRecord): Promise<boolean> {
    const { store, now, newId } = this.#ports;
    const made = () => ({ id: newId(), webhookId: this.#id, at: now() });
    const room = WEBHOOK_MESSAGES_WAITING_MAX - (await store.reader.countWaitingWebhookMessages(this.#id));
    if (room <= 0) return false;
    let position = Math.max(this.#position, webhook.cursor);
    const messages: WebhookMessageRecord[] = [];
    const events = await store.reader.eventsAfter(position, EVENTS_PER_READ);
    const { first } = await store.reader.eventRange();
    if (position < first - 1) {
      messages.push(missedMessage(made(), position + 1, first - 1));
      position = first - 1;
    }
    for (const event of events) {
      if (messages.length >= room) break;
      position = event.sequence;
      if (isWanted(webhook.events, typeOf(event))) messages.push(messageOf(made(), event));
    }
    if (messages.length > 0 || this.#isPlaceDue(position - webhook.cursor)) {
      await store.transact(async (transactor) => {
        // Deleted since it was read.
        if ((await transactor.webhook(this.#id)) === undefined) return;
        await transactor.insertWebhookMessages(messages);
        await transactor.keepLastWebhookMessages(this.#id, WEBHOOK_MESSAGES_KEPT_MAX);
        await transactor.updateWebhook(this.#id, { cursor: position });
      });
      this.#positionWrittenAt = now();
    }
    this.#position = position;
    return events.length === EVENTS_PER_READ && messages.length < room;
  }

  /** Whether its place among the events is to be written although it wants none of these. */
  #isPlaceDue(skipped: number): boolean {
    if (skipped >= WEBHOOK_SKIPPED_MAX) return true;
    return skipped > 0 && this.#ports.now() - this.#positionWrittenAt >= WEBHOOK_PLACE_WRITTEN_MS;
  }

  #start(message: WebhookMessageRecord, webhook: WebhookRecord): void {
    const { onError, now, retryMs } = this.#ports;
    const attempt = attemptMessage(this.#ports, webhook, message, this.#stop.signal)
      .then((isReceiverAway) => {
        if (isReceiverAway) this.#restsUntil = now() + retryMs;
      })
      .catch((error: unknown) => {
        // It could not be written down: it is not sent again at once, over and over.
        this.#restsUntil = now() + retryMs;
        onError(error);
      })
      .finally(() => {
        this.#inFlight.delete(message.id);
        this.wake();
      });
    this.#inFlight.set(message.id, attempt);
  }

  #rest(idleMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#hasNews || this.#stop.signal.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, idleMs);
      timer.unref();
      this.#wake = done;
    });
  }
}
