/** What is asked of the store for webhooks. */
import type { WebhookMessage } from '@rollcall/api';
import type { WebhookMessageRecord, WebhookRecord, WebhookSecrets } from './records.ts';

export interface WebhookMessagesPage {
  /** Where the page before ended. */
  readonly behind?: { readonly id: string | number } | undefined;
  readonly limit: number;
  readonly state?: readonly WebhookMessage['state'][];
}

export interface WebhookReader {
  webhook(id: string): Promise<WebhookRecord | undefined>;
  /** The oldest first. They are few. */
  webhooks(): Promise<readonly WebhookRecord[]>;
  /** In no record, so that nothing that shows one can show it. */
  webhookSecrets(id: string): Promise<WebhookSecrets | undefined>;
  webhookMessage(id: string): Promise<WebhookMessageRecord | undefined>;
  /** The newest first. */
  webhookMessages(webhookId: string, page: WebhookMessagesPage): Promise<readonly WebhookMessageRecord[]>;
  /** Those that are to be sent, the next one first. */
  waitingWebhookMessages(webhookId: string, limit: number): Promise<readonly WebhookMessageRecord[]>;
  /** Of one webhook, or of all. */
  countWaitingWebhookMessages(webhookId?: string): Promise<number>;
}

export interface WebhookTransactor extends WebhookReader {
  insertWebhook(webhook: WebhookRecord, secrets: WebhookSecrets): Promise<void>;
  updateWebhook(id: string, change: Partial<WebhookRecord>): Promise<void>;
  updateWebhookSecrets(id: string, secrets: WebhookSecrets): Promise<void>;
  /** Those that were replaced, and were to be used as well until then or before. */
  forgetOldWebhookSecrets(endedAt: number): Promise<void>;
  /** Its secrets and messages go with it. */
  deleteWebhook(id: string): Promise<void>;
  insertWebhookMessages(messages: readonly WebhookMessageRecord[]): Promise<void>;
  updateWebhookMessage(id: string, change: Partial<WebhookMessageRecord>): Promise<void>;
  /** All that wait are to be sent at that time, or when they are due before. `anew`: as if they had not been tried yet. */
  hastenWebhookMessages(webhookId: string, at: number, anew: boolean): Promise<void>;
  /** The newest so many of those that were taken stay, and of those that were given up. */
  keepLastWebhookMessages(webhookId: string, countMax: number): Promise<void>;
}
