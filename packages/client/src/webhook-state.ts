import type { Webhook } from '@rollcall/api';

/** How a webhook stands, in a word. `disabled`: by the server, because nothing was taken for too long. */
export function webhookState({
  enabled,
  failingSince,
}: Pick<Webhook, 'enabled' | 'failingSince'>): 'good' | 'failing' | 'paused' | 'disabled' {
  if (failingSince === null) return enabled ? 'good' : 'paused';
  return enabled ? 'failing' : 'disabled';
}
