/** A webhook with what is shown of it besides its row. */
import type { Webhook } from '@rollcall/api';
import { Problem } from '../../core/problem.ts';
import type { WebhookRecord } from '../../core/records.ts';
import { webhookView } from '../../core/views.ts';
import type { WebhookReader } from '../../core/webhook-ports.ts';

export async function findWebhook(reader: WebhookReader, id: string): Promise<WebhookRecord> {
  const webhook = await reader.webhook(id);
  if (webhook === undefined) throw new Problem('not_found', `there is no webhook ${id}`);
  return webhook;
}

export async function showWebhook(reader: WebhookReader, webhook: WebhookRecord, now: number): Promise<Webhook> {
  const secrets = await reader.webhookSecrets(webhook.id);
  const until = secrets?.oldSecretUntil ?? null;
  return webhookView(webhook, {
    waitingCount: await reader.countWaitingWebhookMessages(webhook.id),
    oldSecretUntil: until !== null && until > now ? until : null,
  });
}
