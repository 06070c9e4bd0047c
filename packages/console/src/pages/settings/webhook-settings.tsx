/** Whom the server tells what happens. */
import type { Webhook } from '@rollcall/api';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ATTEMPTS_ASKED_MS } from '../../live/queries.ts';
import { client } from '../../session/client.ts';
import { Ago, Empty, Failure, Panel } from '../../ui/parts.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';
import { WebhookDetails } from './webhooks/webhook-details.tsx';
import { WebhookDialog } from './webhooks/webhook-dialog.tsx';
import { WebhookState } from './webhooks/webhook-state.tsx';

export function WebhookSettings(): ReactNode {
  const { data: webhooks, error } = useQuery({
    queryKey: ['webhooks'],
    queryFn: () => client.list('listWebhooks'),
    refetchInterval: ATTEMPTS_ASKED_MS,
  });
  const [isAdding, setAdding] = useState(false);
  const [chosenId, setChosenId] = useState<string>();
  const chosen = webhooks?.find(({ id }) => id === chosenId) ?? (webhooks?.length === 1 ? webhooks[0] : undefined);
  const add = (
    <button type="button" className="button button-primary" onClick={() => setAdding(true)}>
      Add a webhook
    </button>
  );
  return (
    <div className="stack">
      <Panel title="Webhooks" aside={add}>
        {error !== null && <Failure error={error} />}
        {webhooks?.length === 0 && (
          <Empty icon="right" title="Nobody is told yet">
            <p>A webhook tells another server what happens here: signed, and again until it is taken.</p>
          </Empty>
        )}
        {webhooks !== undefined && webhooks.length > 0 && (
          <WebhookTable webhooks={webhooks} chosen={chosen} onChoose={setChosenId} />
        )}
      </Panel>
      {chosen !== undefined && <WebhookDetails key={chosen.id} webhook={chosen} />}
      {isAdding && <WebhookDialog onClose={() => setAdding(false)} onMade={setChosenId} />}
    </div>
  );
}

interface WebhookTableProps {
  readonly webhooks: readonly Webhook[];
  readonly chosen: Webhook | undefined;
  readonly onChoose: (id: string) => void;
}

function WebhookTable({ webhooks, chosen, onChoose }: WebhookTableProps): ReactNode {
  return (
    <ScrollTable
      label="Webhooks"
      columns={['Where', 'What', 'State', { title: 'Waiting', kind: 'number' }, 'Last taken']}
      asCards
    >
      {webhooks.map((webhook) => (
        <tr key={webhook.id} className={webhook.id === chosen?.id ? 'chosen' : undefined}>
          <td className="webhook-where">
            <button
              type="button"
              className="link-button"
              aria-pressed={webhook.id === chosen?.id}
              onClick={() => onChoose(webhook.id)}
            >
              {webhook.description === '' ? webhook.url : webhook.description}
            </button>
            {webhook.description !== '' && <div className="muted small">{webhook.url}</div>}
          </td>
          <td>
            <Events webhook={webhook} />
          </td>
          <td>
            <WebhookState webhook={webhook} />
          </td>
          <td className="number">{webhook.waitingCount}</td>
          <td className="nowrap">
            <Ago time={webhook.lastSuccessAt} />
          </td>
        </tr>
      ))}
    </ScrollTable>
  );
}

function Events({ webhook: { events } }: { readonly webhook: Webhook }): ReactNode {
  const shown = events.slice(0, 3);
  return (
    <span title={events.join(', ')}>
      {shown.map((event) => (
        <span key={event} className="label-chip">
          {event}
        </span>
      ))}
      {events.length > shown.length && <span className="muted small">and {events.length - shown.length} more</span>}
    </span>
  );
}
