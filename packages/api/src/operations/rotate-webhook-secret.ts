import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { WEBHOOK_OLD_SECRET_SECONDS_DEFAULT, WEBHOOK_OLD_SECRET_SECONDS_MAX } from '../limits.ts';
import { Id } from '../schemas/scalars.ts';
import { WebhookWithSecret } from '../schemas/webhook.ts';
export const rotateWebhookSecret = {
  id: 'rotateWebhookSecret',
  summary: 'Give a webhook a new secret, shown this once; for a while messages are signed with the old one too',
  method: 'POST',
  path: '/v1/webhooks/:id/rotate-secret',
  door: 'operator',
  role: 'admin',
  audited: ['oldSecretSeconds'],
  params: Type.Object({ id: Id }),
  body: Type.Object({
    /** How long the old secret is used as well; 0: not at all, for a secret that was stolen. */
    oldSecretSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: WEBHOOK_OLD_SECRET_SECONDS_MAX,
        default: WEBHOOK_OLD_SECRET_SECONDS_DEFAULT,
      }),
    ),
  }),
  answer: WebhookWithSecret,
  errors: ['not_found'],
} as const satisfies Operation;
