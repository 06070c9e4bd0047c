/** Join commands: made here, copied, run on a device. */
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { queryClient } from '../../live/queries.ts';
import { client, messageOf } from '../../session/client.ts';
import { parseLabels } from '../../model/parse-labels.ts';
import { formatTime } from '../../model/format.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { DeviceLabels } from '../../ui/device-labels.tsx';
import { CopyText, Empty, Failure, Panel, useNow } from '../../ui/parts.tsx';
import { ACTIONS, ScrollTable } from '../../ui/scroll-table.tsx';

const HOUR = 3600;
const TERMS = [
  [HOUR, 'an hour'],
  [24 * HOUR, 'a day'],
  [7 * 24 * HOUR, 'a week'],
  [30 * 24 * HOUR, '30 days'],
] as const;

export function JoinSettings(): ReactNode {
  return (
    <div className="stack">
      <Panel title="Join command">
        <JoinForm />
      </Panel>
      <Panel title="Join tokens">
        <JoinTokens />
      </Panel>
    </div>
  );
}

function JoinForm(): ReactNode {
  const [uses, setUses] = useState('1');
  const [term, setTerm] = useState(String(24 * HOUR));
  const [labels, setLabels] = useState('');
  const [needsApproval, setNeedsApproval] = useState(false);
  const [command, setCommand] = useState<string>();
  const [failure, setFailure] = useState<string>();
  const make = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setFailure(undefined);
    try {
      const body = { uses: Number(uses), ttlSeconds: Number(term), labels: parseLabels(labels), needsApproval };
      setCommand((await client.call('createJoinToken', { body })).command);
      void queryClient.invalidateQueries({ queryKey: ['join-tokens'] });
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  return (
    <div className="panel-body stack">
      <form className="form-row" onSubmit={(event) => void make(event)}>
        <div className="field">
          <label htmlFor="join-uses">For how many devices</label>
          <input
            id="join-uses"
            type="number"
            min="1"
            max="1000000"
            required
            value={uses}
            onChange={(event) => setUses(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="join-term">Good for</label>
          <select id="join-term" value={term} onChange={(event) => setTerm(event.target.value)}>
            {TERMS.map(([seconds, label]) => (
              <option key={seconds} value={seconds}>
                {label}
              </option>
            ))}
          </select>
        </div>
        <div className="field grow">
          <label htmlFor="join-labels">Labels that they get</label>
          <input
            id="join-labels"
            placeholder="site=north, role=kiosk"
            value={labels}
            onChange={(event) => setLabels(event.target.value)}
          />
        </div>
        <label className="check">
          <input type="checkbox" checked={needsApproval} onChange={(event) => setNeedsApproval(event.target.checked)} />
          Each waits for approval
        </label>
        <button type="submit" className="button button-primary">
          Make a join command
        </button>
      </form>
      {failure !== undefined && <Failure error={failure} />}
      {command !== undefined && (
        <div className="stack" role="status">
          <p>Run this on each device. The token in it is shown this once.</p>
          <CopyText text={command} label="the join command" />
          <p className="muted">
            Then start the agent: <code>rollcall agent --data /var/lib/rollcall-agent</code>
          </p>
        </div>
      )}
    </div>
  );
}

function JoinTokens(): ReactNode {
  const { data: tokens, error } = useQuery({ queryKey: ['join-tokens'], queryFn: () => client.list('listJoinTokens') });
  const now = useNow(30_000);
  if (error !== null) return <Failure error={error} />;
  if (tokens === undefined) return null;
  const good = tokens.filter(({ expiresAt, usesLeft, isRevoked }) => !isRevoked && usesLeft > 0 && expiresAt > now);
  if (good.length === 0) return <Empty icon="devices" title="No token is good now" />;
  return (
    <ScrollTable
      label="Join tokens"
      columns={['Token', 'Labels', { title: 'Uses left', kind: 'number' }, 'Good until', ACTIONS]}
      asCards
    >
      {good.map((token) => (
        <tr key={token.id}>
          <td>
            <code>{token.id}</code>
          </td>
          <td>
            <DeviceLabels labels={token.labels} />
            {token.needsApproval && <span className="muted">each waits for approval </span>}
            {token.replaces !== null && <span className="muted">takes the place of {token.replaces}</span>}
          </td>
          <td className="number">{token.usesLeft}</td>
          <td className="nowrap">{formatTime(token.expiresAt)}</td>
          <td className="actions">
            <ActionButton
              kind="danger"
              act={async () => {
                await client.call('revokeJoinToken', { params: { id: token.id } });
                await queryClient.invalidateQueries({ queryKey: ['join-tokens'] });
              }}
              confirm={{
                title: 'Revoke the join token?',
                text: 'Nobody can join with it any more. Devices that did stay.',
                label: 'Revoke',
              }}
              done="Revoked"
            >
              Revoke
            </ActionButton>
          </td>
        </tr>
      ))}
    </ScrollTable>
  );
}
