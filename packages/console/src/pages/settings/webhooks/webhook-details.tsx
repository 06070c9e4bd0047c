/** One webhook: how it stands, what can be done with it, and its log. */
import type { Webhook } from '@rollcall/api';
import { useState, type ReactNode } from 'react';
import { queryClient } from '../../../live/queries.ts';
import { formatTime } from '../../../model/format.ts';
import { formatTaken } from '../../../model/webhook-words.ts';
import { client } from '../../../session/client.ts';
import { ActionButton } from '../../../ui/action-button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { say } from '../../../ui/notices.tsx';
import { Panel } from '../../../ui/parts.tsx';
import { MessageLog } from './message-log.tsx';
import { Secret } from './secret.tsx';
import { WebhookDialog } from './webhook-dialog.tsx';
import { WebhookState } from './webhook-state.tsx';

export function WebhookDetails({ webhook }: { readonly webhook: Webhook }): ReactNode {
  return (
    <>
      <Panel
        title={webhook.description === '' ? 'The webhook' : webhook.description}
        aside={<Actions webhook={webhook} />}
      >
        <dl className="facts panel-body">
          <dt>Address</dt>
          <dd>
            <code>{webhook.url}</code>
          </dd>
          <dt>What</dt>
          <dd>{webhook.events.join(', ')}</dd>
          <dt>State</dt>
          <dd>
            <WebhookState webhook={webhook} /> {webhook.disabledReason?.replace(/^paused /, '')}
            {webhook.enabled && webhook.failingSince !== null && `since ${formatTime(webhook.failingSince)}`}
          </dd>
          {webhook.lastError !== null && (
            <>
              <dt>Last attempt</dt>
              <dd>{webhook.lastError}</dd>
            </>
          )}
          {webhook.oldSecretUntil !== null && (
            <>
              <dt>Old secret</dt>
              <dd>good until {formatTime(webhook.oldSecretUntil)}</dd>
            </>
          )}
          <dt>Made</dt>
          <dd>
            {formatTime(webhook.createdAt)} by {webhook.createdBy}
          </dd>
        </dl>
      </Panel>
      <MessageLog webhook={webhook} />
    </>
  );
}

function Actions({ webhook }: { readonly webhook: Webhook }): ReactNode {
  const { id, enabled } = webhook;
  const params = { id };
  const [isChanging, setChanging] = useState(false);
  const [secret, setSecret] = useState<string>();
  const change = async (work: Promise<unknown>): Promise<void> => {
    await work;
    await refresh();
  };
  return (
    <div className="row">
      <ActionButton act={() => change(sendTest(id))}>Send a test</ActionButton>
      <button type="button" className="button" onClick={() => setChanging(true)}>
        Change
      </button>
      <ActionButton
        kind={enabled ? 'plain' : 'primary'}
        act={() => change(client.call('updateWebhook', { params, body: { enabled: !enabled } }))}
        done={enabled ? 'Paused: what happens meanwhile is sent when it goes on' : 'It goes on'}
      >
        {enabled ? 'Pause' : 'Let it go on'}
      </ActionButton>
      <ActionButton
        act={async () => {
          const made = await client.call('rotateWebhookSecret', { params, body: {} });
          setSecret(made.secret);
          await refresh();
        }}
        confirm={{
          title: 'Make a new secret?',
          text: 'For a day messages are signed with the old one too, so that the receiver can be told meanwhile.',
          label: 'Make a new secret',
        }}
      >
        New secret
      </ActionButton>
      <ActionButton
        kind="danger"
        act={() => change(client.call('deleteWebhook', { params }))}
        confirm={{
          title: 'Remove the webhook?',
          text: 'What it was still to tell, and its log, go with it.',
          label: 'Remove the webhook',
        }}
        done="Removed"
      >
        Remove
      </ActionButton>
      {isChanging && <WebhookDialog webhook={webhook} onClose={() => setChanging(false)} />}
      {secret !== undefined && (
        <Dialog title="The new secret" onClose={() => setSecret(undefined)}>
          <Secret secret={secret} onDone={() => setSecret(undefined)} />
        </Dialog>
      )}
    </div>
  );
}

async function sendTest(id: string): Promise<void> {
  const { state, status, durationMs, error } = await client.call('testWebhook', { params: { id } });
  if (state === 'delivered') say(`It was taken: ${status} in ${formatTaken(durationMs)}`);
  else say(`It was not taken: ${error ?? ''}`, 'bad');
}

async function refresh(): Promise<void> {
  await Promise.all(['webhooks', 'webhook-messages'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
}
