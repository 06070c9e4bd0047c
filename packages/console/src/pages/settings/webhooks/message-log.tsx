/** What a webhook was told and is to be told, the newest first, with how the last attempt went. */
import type { Webhook, WebhookMessage } from '@rollcall/api';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ATTEMPTS_ASKED_MS, queryClient } from '../../../live/queries.ts';
import { formatTime } from '../../../model/format.ts';
import { formatTaken, messageStanding } from '../../../model/webhook-words.ts';
import { client } from '../../../session/client.ts';
import { ActionButton } from '../../../ui/action-button.tsx';
import { Empty, Failure, More, Panel } from '../../../ui/parts.tsx';
import { ACTIONS, ScrollTable } from '../../../ui/scroll-table.tsx';

const PAGE_LENGTH = 50;

export function MessageLog({ webhook }: { readonly webhook: Webhook }): ReactNode {
  const [state, setState] = useState<'' | WebhookMessage['state']>('');
  const query = useInfiniteQuery({
    queryKey: ['webhook-messages', webhook.id, state],
    queryFn: ({ pageParam, signal }) =>
      client.call(
        'listWebhookMessages',
        {
          params: { id: webhook.id },
          query: {
            limit: PAGE_LENGTH,
            ...(state === '' ? {} : { state: [state] }),
            ...(pageParam === '' ? {} : { cursor: pageParam }),
          },
        },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: (before) => before,
    // Every page that is there would be read again: who reads on asks by hand.
    refetchInterval: ({ state: { data: read } }) => ((read?.pages.length ?? 0) > 1 ? false : ATTEMPTS_ASKED_MS),
  });
  const { data, error } = query;
  const messages = data?.pages.flatMap((page) => page.messages) ?? [];
  const filter = (
    <select
      aria-label="State of the messages"
      value={state}
      onChange={(event) => setState(event.target.value as typeof state)}
    >
      <option value="">All messages</option>
      <option value="waiting">Waiting</option>
      <option value="delivered">Delivered</option>
      <option value="failed">Given up</option>
    </select>
  );
  return (
    <Panel title="Log" aside={filter}>
      {error !== null && <Failure error={error} />}
      {data !== undefined && messages.length === 0 && (
        <Empty icon="search" title={state === '' ? 'Nothing was sent yet' : 'No message matches'} />
      )}
      {messages.length > 0 && (
        <ScrollTable
          label="Log of the webhook"
          columns={[
            'When',
            'What',
            'State',
            { title: 'Attempts', kind: 'number' },
            { title: 'Took', kind: 'number' },
            'Answer',
            ACTIONS,
          ]}
          className="stacked message-table"
        >
          {messages.map((message) => (
            <MessageRow key={message.id} webhook={webhook} message={message} />
          ))}
        </ScrollTable>
      )}
      <More query={query} />
    </Panel>
  );
}

interface MessageRowProps {
  readonly webhook: Webhook;
  readonly message: WebhookMessage;
}

function MessageRow({ webhook, message }: MessageRowProps): ReactNode {
  const [words, kind] = messageStanding(message);
  const { id, type, createdAt, attemptCount, durationMs, nextAttemptAt } = message;
  const resend = async (): Promise<void> => {
    await client.call('redeliverWebhookMessage', { params: { id: webhook.id, message: id } });
    await queryClient.invalidateQueries({ queryKey: ['webhook-messages'] });
  };
  return (
    <tr>
      <td className="nowrap">{formatTime(createdAt)}</td>
      <td className="nowrap">
        <code title={id}>{type}</code>
      </td>
      <td className="nowrap">
        <span className={`tag tag-${kind}`}>{words}</span>
        {nextAttemptAt !== null && attemptCount > 0 && webhook.enabled && (
          <div className="muted small">next {formatTime(nextAttemptAt).slice(11)}</div>
        )}
      </td>
      <td className="number">{attemptCount}</td>
      <td className="number nowrap">{formatTaken(durationMs)}</td>
      <td className="webhook-answer">
        <Answer message={message} />
      </td>
      <td className="actions">
        {webhook.enabled && (
          <ActionButton act={resend} done="It is sent again">
            {message.state === 'waiting' ? 'Try now' : 'Redeliver'}
          </ActionButton>
        )}
      </td>
    </tr>
  );
}

function Answer({ message: { status, error, answer } }: { readonly message: WebhookMessage }): ReactNode {
  const summary = error ?? (status === null ? '–' : String(status));
  if (answer === null || answer.trim() === '') return summary;
  return (
    <details>
      <summary>{summary}</summary>
      <pre tabIndex={0}>{answer}</pre>
    </details>
  );
}
