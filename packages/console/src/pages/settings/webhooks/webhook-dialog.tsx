/** A new webhook, or another address and other events for one; a new one's secret is shown at the end, this once. */
import type { Webhook, WebhookEvent } from '@rollcall/api';
import { useState, type FormEvent, type ReactNode } from 'react';
import { queryClient } from '../../../live/queries.ts';
import { EVENT_GROUPS, joinedEvents, singleEvents, USUAL_EVENTS } from '../../../model/webhook-words.ts';
import { client, messageOf } from '../../../session/client.ts';
import { Dialog } from '../../../ui/dialog.tsx';
import { Field } from '../../../ui/field.tsx';
import { Failure } from '../../../ui/parts.tsx';
import { Secret } from './secret.tsx';

interface WebhookDialogProps {
  /** The one to change; undefined: a new one. */
  readonly webhook?: Webhook;
  readonly onClose: () => void;
  readonly onMade?: (id: string) => void;
}

export function WebhookDialog({ webhook, onClose, onMade }: WebhookDialogProps): ReactNode {
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [description, setDescription] = useState(webhook?.description ?? '');
  const [events, setEvents] = useState(() => singleEvents(webhook?.events ?? USUAL_EVENTS));
  const [secret, setSecret] = useState<string>();
  const [failure, setFailure] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setFailure(undefined);
    setBusy(true);
    const body = { url: url.trim(), description: description.trim(), events: joinedEvents(events) };
    try {
      if (webhook === undefined) {
        const made = await client.call('createWebhook', { body });
        setSecret(made.secret);
        onMade?.(made.webhook.id);
      } else {
        await client.call('updateWebhook', { params: { id: webhook.id }, body });
        onClose();
      }
      await queryClient.invalidateQueries({ queryKey: ['webhooks'] });
    } catch (error) {
      setFailure(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  if (secret !== undefined) {
    return (
      <Dialog title="The webhook's secret" onClose={onClose}>
        <Secret secret={secret} onDone={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog title={webhook === undefined ? 'Add a webhook' : 'Change the webhook'} onClose={onClose} isWide>
      {/* What was said of the last try is no longer true of what is written now. */}
      <form
        className="stack webhook-form"
        onChange={() => setFailure(undefined)}
        onSubmit={(event) => void save(event)}
      >
        <Field
          label="Address"
          hint="Public, with https. Others only if the server was started with --webhook-allow."
          type="url"
          required
          placeholder="https://chat.example/hooks/7"
          pattern="https?://.+"
          spellCheck={false}
          value={url}
          onChange={setUrl}
        />
        <Field
          label="What it is for (optional)"
          placeholder="on-call chat"
          maxLength={256}
          value={description}
          onChange={setDescription}
        />
        <EventFields events={events} onChange={setEvents} />
        {failure !== undefined && <Failure error={failure} />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button-primary" disabled={isBusy || events.size === 0}>
            {webhook === undefined ? 'Add' : 'Save'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface EventFieldsProps {
  readonly events: ReadonlySet<WebhookEvent>;
  readonly onChange: (events: ReadonlySet<WebhookEvent>) => void;
}

function EventFields({ events, onChange }: EventFieldsProps): ReactNode {
  const put = (changed: readonly WebhookEvent[], isWanted: boolean): void => {
    const next = new Set(events);
    for (const event of changed)
      if (isWanted) next.add(event);
      else next.delete(event);
    onChange(next);
  };
  return (
    <div className="webhook-events">
      {EVENT_GROUPS.map((group) => {
        const all = group.events.map(([event]) => event);
        const isWhole = all.every((event) => events.has(event));
        return (
          <fieldset key={group.kind}>
            <legend>
              <span>{group.title}</span>
              <button
                type="button"
                className="link-button small"
                aria-label={`${group.title}: ${isWhole ? 'none' : 'all'}`}
                onClick={() => put(all, !isWhole)}
              >
                {isWhole ? 'none' : 'all'}
              </button>
            </legend>
            {group.events.map(([event, words]) => (
              <label key={event} className="check" title={event}>
                <input
                  type="checkbox"
                  checked={events.has(event)}
                  onChange={({ target }) => put([event], target.checked)}
                />
                {words}
              </label>
            ))}
          </fieldset>
        );
      })}
    </div>
  );
}
