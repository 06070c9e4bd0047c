import type { Webhook } from '@rollcall/api';
import type { ReactNode } from 'react';
import { standingOf } from '../../../model/webhook-words.ts';

export function WebhookState({ webhook }: { readonly webhook: Webhook }): ReactNode {
  const [words, kind] = standingOf(webhook);
  return <span className={`tag tag-${kind}`}>{words}</span>;
}
