/** Signatures as Standard Webhooks 1.0.0 has them (its sections "Signature scheme" and "Webhook headers"). */
import { createHmac, randomBytes } from 'node:crypto';
import type { WebhookSecrets } from '../core/records.ts';

export function newWebhookSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/**
 * What goes with a message at this attempt. The signature covers the time, so that nobody can send it again later; after a
 * rotation there is one by the old secret as well, until the receivers have the new one.
 */
export function signedHeaders(
  { id, body }: { readonly id: string; readonly body: string },
  { secret, oldSecret, oldSecretUntil }: WebhookSecrets,
  at: number,
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const isOldGood = oldSecret !== null && oldSecretUntil !== null && at < oldSecretUntil;
  const signatures = (isOldGood ? [secret, oldSecret] : [secret]).map((one) => sign(`${id}.${timestamp}.${body}`, one));
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

function sign(text: string, secret: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(text).digest('base64')}`;
}

const PREFIX = 'whsec_';
/** Of 24 to 64. */
const SECRET_BYTES = 32;
