/** Who may sign in, and as what. */
import type { Operator } from '@rollcall/api';
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { me, queryClient } from '../../live/queries.ts';
import { formatTime } from '../../model/format.ts';
import { client, messageOf } from '../../session/client.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Ago, CopyText, Failure, Panel } from '../../ui/parts.tsx';
import { ACTIONS, ScrollTable } from '../../ui/scroll-table.tsx';

const ROLES: readonly (readonly [Operator['role'], string])[] = [
  ['viewer', 'viewer: sees everything, changes nothing'],
  ['operator', 'operator: tasks and devices'],
  ['admin', 'admin: also operators and the audit log'],
];

const DAY_SECONDS = 86_400;

export function OperatorSettings(): ReactNode {
  const { data: operators, error } = useQuery({ queryKey: ['operators'], queryFn: () => client.list('listOperators') });
  const { data: self } = useQuery(me);
  return (
    <div className="stack">
      <Panel title="New operator">
        <NewOperator />
      </Panel>
      <Panel title="Operators">
        {error !== null && <Failure error={error} />}
        <ScrollTable
          label="Operators"
          columns={['Name', 'Role', 'Devices', 'Last used', 'Good until', ACTIONS]}
          asCards
        >
          {operators?.map((operator) => (
            <tr key={operator.id}>
              <td className="nowrap">
                {operator.name} {operator.id === self?.id && <span className="muted">(you)</span>}
              </td>
              <td>{operator.role}</td>
              <td className="nowrap">{operator.scope === null ? 'all devices' : <code>{operator.scope}</code>}</td>
              <td className="nowrap">
                <Ago time={operator.lastUsedAt} />
                {operator.lastUsedFrom !== null && <span className="muted"> from {operator.lastUsedFrom}</span>}
              </td>
              <td className="nowrap">{operator.expiresAt === null ? 'no end' : formatTime(operator.expiresAt)}</td>
              <td className="actions">{operator.id !== self?.id && <RemoveButton operator={operator} />}</td>
            </tr>
          ))}
        </ScrollTable>
      </Panel>
    </div>
  );
}

function RemoveButton({ operator }: { readonly operator: Operator }): ReactNode {
  return (
    <ActionButton
      kind="danger"
      act={async () => {
        await client.call('removeOperator', { params: { name: operator.name } });
        await queryClient.invalidateQueries({ queryKey: ['operators'] });
      }}
      confirm={{ title: `Remove ${operator.name}?`, text: 'The token is void at once.', label: 'Remove the operator' }}
      done="Removed"
    >
      Remove
    </ActionButton>
  );
}

function NewOperator(): ReactNode {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Operator['role']>('viewer');
  const [scope, setScope] = useState('');
  const [days, setDays] = useState('');
  const [made, setMade] = useState<{ readonly name: string; readonly token: string }>();
  const [failure, setFailure] = useState<string>();
  const create = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setFailure(undefined);
    try {
      const body = {
        name: name.trim(),
        role,
        ...(scope.trim() === '' ? {} : { scope: scope.trim() }),
        ...(days === '' ? {} : { ttlSeconds: Math.round(Number(days) * DAY_SECONDS) }),
      };
      const { operator, token } = await client.call('createOperator', { body });
      setMade({ name: operator.name, token });
      setName('');
      await queryClient.invalidateQueries({ queryKey: ['operators'] });
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  return (
    <div className="panel-body stack">
      <form className="form-row" onSubmit={(event) => void create(event)}>
        <div className="field grow">
          <label htmlFor="operator-name">Name</label>
          <input id="operator-name" required value={name} onChange={(event) => setName(event.target.value)} />
        </div>
        <div className="field">
          <label htmlFor="operator-role">Role</label>
          <select id="operator-role" value={role} onChange={(event) => setRole(event.target.value as Operator['role'])}>
            {ROLES.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </div>
        <div className="field grow">
          <label htmlFor="operator-scope">Devices</label>
          <input
            id="operator-scope"
            placeholder="all, or site=north"
            spellCheck={false}
            value={scope}
            onChange={(event) => setScope(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="operator-days">Good for (days)</label>
          <input
            id="operator-days"
            type="number"
            min="1"
            max="3660"
            placeholder="no end"
            value={days}
            onChange={(event) => setDays(event.target.value)}
          />
        </div>
        <button type="submit" className="button button-primary">
          Create
        </button>
      </form>
      {failure !== undefined && <Failure error={failure} />}
      {made !== undefined && (
        <div className="stack" role="status">
          <p>The token of {made.name}, shown this once:</p>
          <CopyText text={made.token} label="the token" />
        </div>
      )}
    </div>
  );
}
