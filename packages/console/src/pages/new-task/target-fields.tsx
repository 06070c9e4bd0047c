/** Which devices: all, by their labels and facts, by hand, or by a selector. */
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { NO_CONDITION, selectorText, type TargetChoice, type TargetCondition } from '../../model/selector-text.ts';
import { client } from '../../session/client.ts';
import { Icon } from '../../ui/icons.tsx';
import { Presence } from '../../ui/presence.tsx';

const KINDS = [
  ['all', 'All devices'],
  ['conditions', 'By label or fact'],
  ['chosen', 'By hand'],
  ['selector', 'By a selector'],
] as const;
const FACT_KEYS = ['os', 'arch', 'platform', 'distribution', 'agentVersion', 'hostname', 'timeZone'];
const LISTED_MAX = 100;

interface TargetFieldsProps {
  readonly target: TargetChoice;
  readonly onChange: (target: TargetChoice) => void;
}

export function TargetFields({ target, onChange }: TargetFieldsProps): ReactNode {
  const choose = (kind: TargetChoice['kind']): void => {
    // What was put together is where one goes on by hand.
    const selector = kind === 'selector' ? (selectorText(target) ?? '') : target.selector;
    onChange({ ...target, kind, selector });
  };
  return (
    <div className="panel-body stack">
      <fieldset className="row choices">
        <legend className="visually-hidden">Which devices</legend>
        {KINDS.map(([kind, label]) => (
          <label key={kind} className="check">
            <input type="radio" name="target" checked={target.kind === kind} onChange={() => choose(kind)} /> {label}
          </label>
        ))}
      </fieldset>
      {target.kind === 'conditions' && <Conditions target={target} onChange={onChange} />}
      {target.kind === 'chosen' && <ByHand target={target} onChange={onChange} />}
      {target.kind === 'selector' && (
        <input
          aria-label="Selector"
          spellCheck={false}
          placeholder="site=north|south,role!=kiosk"
          value={target.selector}
          onChange={(event) => onChange({ ...target, selector: event.target.value })}
        />
      )}
    </div>
  );
}

function Conditions({ target, onChange }: TargetFieldsProps): ReactNode {
  const { data: devices = [] } = useQuery({
    queryKey: ['devices', 'labels'],
    queryFn: async () => (await client.call('listDevices', { query: { limit: 500 } })).devices,
  });
  const keys = [...new Set(devices.flatMap(({ labels }) => Object.keys(labels)))].sort();
  const valuesOf = (key: string): string[] =>
    [...new Set(devices.map(({ labels, facts }) => labels[key] ?? facts[key as 'os'] ?? ''))]
      .filter((value) => value !== '')
      .sort();
  const set = (index: number, part: Partial<TargetCondition>): void =>
    onChange({ ...target, conditions: target.conditions.map((one, at) => (at === index ? { ...one, ...part } : one)) });
  return (
    <div className="stack">
      <datalist id="target-keys">
        {[...keys, ...FACT_KEYS].map((key) => (
          <option key={key} value={key} />
        ))}
      </datalist>
      {target.conditions.map((condition, index) => (
        <div key={index} className="row condition">
          <input
            aria-label="Label or fact"
            list="target-keys"
            placeholder="site"
            value={condition.key}
            onChange={(event) => set(index, { key: event.target.value })}
          />
          <select
            aria-label="Is or is not"
            value={condition.isEqual ? 'is' : 'is not'}
            onChange={(event) => set(index, { isEqual: event.target.value === 'is' })}
          >
            <option>is</option>
            <option>is not</option>
          </select>
          <input
            aria-label="Value"
            list={`target-values-${index}`}
            placeholder="north|south"
            value={condition.value}
            onChange={(event) => set(index, { value: event.target.value })}
          />
          <datalist id={`target-values-${index}`}>
            {valuesOf(condition.key).map((value) => (
              <option key={value} value={value} />
            ))}
          </datalist>
          {target.conditions.length > 1 && (
            <button
              type="button"
              className="link-button"
              aria-label="Take the condition away"
              onClick={() => onChange({ ...target, conditions: target.conditions.filter((_, at) => at !== index) })}
            >
              <Icon name="close" />
            </button>
          )}
        </div>
      ))}
      <button
        type="button"
        className="link-button start"
        onClick={() => onChange({ ...target, conditions: [...target.conditions, NO_CONDITION] })}
      >
        And another condition
      </button>
    </div>
  );
}

function ByHand({ target, onChange }: TargetFieldsProps): ReactNode {
  const [search, setSearch] = useState('');
  const { data } = useQuery({
    queryKey: ['devices', 'by-hand', search],
    queryFn: ({ signal }) =>
      client.call(
        'listDevices',
        { query: { limit: LISTED_MAX, ...(search.trim() === '' ? {} : { search: search.trim() }) } },
        { signal },
      ),
    placeholderData: (before) => before,
  });
  const toggle = (name: string): void => {
    const chosen = target.chosen.includes(name)
      ? target.chosen.filter((one) => one !== name)
      : [...target.chosen, name];
    onChange({ ...target, chosen });
  };
  return (
    <div className="stack">
      <input
        type="search"
        aria-label="Search devices"
        placeholder="Search"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      <ul className="pick-list" tabIndex={0} aria-label="Devices to choose from">
        {data?.devices.map((device) => (
          <li key={device.id}>
            <label className="check">
              <input
                type="checkbox"
                checked={target.chosen.includes(device.name)}
                onChange={() => toggle(device.name)}
              />
              <span className="grow">{device.name}</span>
              <Presence device={device} />
            </label>
          </li>
        ))}
      </ul>
      {data?.next != null && <p className="muted small">Only the first {LISTED_MAX}: search for the others.</p>}
    </div>
  );
}
