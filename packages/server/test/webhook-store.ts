/** A store with one webhook in it, and what its sender is given: for what no request from outside can time well enough. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { WebhookEvent } from '@rollcall/api';
import { v7 as newId } from 'uuid';
import type { Store } from '../src/core/ports.ts';
import type { WebhookMessageRecord, WebhookRecord } from '../src/core/records.ts';
import { SqliteStore } from '../src/store/sqlite-store.ts';
import { AllowedAddresses } from '../src/webhooks/allowed-addresses.ts';
import type { AttemptPorts } from '../src/webhooks/attempt-message.ts';
import { NameLookup } from '../src/webhooks/name-lookup.ts';
import { messageOf } from '../src/webhooks/webhook-events.ts';

const RETRY_MS = 50;
const DEVICE = { siteId: 'default', labels: {}, facts: {}, enrolledAt: 1, lastSeenAt: null, lastCompletionAt: null };

export class WebhookStore implements AsyncDisposable {
  readonly store: SqliteStore;
  readonly errors: unknown[] = [];
  readonly #folder: string;

  private constructor(store: SqliteStore, folder: string) {
    this.store = store;
    this.#folder = folder;
  }

  static async open(): Promise<WebhookStore> {
    const folder = await mkdtemp(path.join(tmpdir(), 'rollcall-webhooks-'));
    return new WebhookStore(await SqliteStore.open(path.join(folder, 'test.db'), () => undefined), folder);
  }

  ports(store: Store = this.store): AttemptPorts {
    return {
      store,
      allowed: new AllowedAddresses(['127.0.0.1']),
      lookup: new NameLookup().find,
      now: Date.now,
      newId: () => newId(),
      retryMs: RETRY_MS,
      timeoutMs: 5_000,
      meter: { onAttempt: () => undefined, onGivenUp: () => undefined },
      onDisabled: () => undefined,
      onError: (error) => this.errors.push(error),
    };
  }

  async addWebhook(url: string, ...events: WebhookEvent[]): Promise<WebhookRecord> {
    const webhook = {
      id: newId(),
      url,
      events,
      description: '',
      createdAt: 1,
      createdBy: 'ada',
      enabled: true,
      disabledReason: null,
      cursor: 0,
      failureCount: 0,
      lastSuccessAt: null,
      failingSince: null,
      lastError: null,
    };
    const secrets = { secret: 'whsec_AAAA', oldSecret: null, oldSecretUntil: null };
    await this.store.transact((transactor) => transactor.insertWebhook(webhook, secrets));
    return webhook;
  }

  /** Each is an event. */
  async addDevices(count: number): Promise<void> {
    await this.store.transact(async (transactor) => {
      for (let index = 0; index < count; index += 1) {
        const id = newId();
        const never = { warning: null, clockAheadMs: null, isPending: false };
        await transactor.insertDevice({ ...DEVICE, ...never, id, name: id });
      }
    });
  }

  /** A message that waits, of an event of its own. */
  async addMessage(webhookId: string, change: Partial<WebhookMessageRecord> = {}): Promise<WebhookMessageRecord> {
    const event = { sequence: 1, at: 1, type: 'device', device: { pending: false } } as never;
    const message = { ...messageOf({ id: newId(), webhookId, at: 1 }, event), ...change };
    await this.store.transact((transactor) => transactor.insertWebhookMessages([message]));
    return message;
  }

  /** All events, as if they were old. */
  async forgetEvents(): Promise<void> {
    const beyond = { time: Date.now() + 86_400_000, count: 0, limit: 1_000 };
    await this.store.transact((transactor) => transactor.deleteEvents(beyond));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    await rm(this.#folder, { recursive: true });
  }
}
