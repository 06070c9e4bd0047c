/** Everything by the keyboard: `/` or Ctrl+K opens it, `g` and a letter goes to a page, `n` makes a task. */
import type { Operator } from '@rollcall/api';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, type KeyboardEvent as ReactKeyboardEvent, type ReactNode } from 'react';
import type { Place } from '../model/places.ts';
import { client } from '../session/client.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icons.tsx';
import { navigate } from './router.tsx';

interface Command {
  readonly label: string;
  readonly hint: string;
  readonly to: Place;
}

const PLACES: readonly Command[] = [
  { label: 'Overview', hint: 'g o', to: { page: 'overview' } },
  { label: 'Tasks', hint: 'g t', to: { page: 'tasks' } },
  { label: 'Devices', hint: 'g d', to: { page: 'devices' } },
  { label: 'Settings', hint: 'g s', to: { page: 'settings', section: 'join' } },
];
const NEW_TASK: Command = { label: 'New task', hint: 'n', to: { page: 'new-task' } };
const GO_MS_MAX = 1_000;

export function CommandPalette({ role }: { readonly role: Operator['role'] }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const commands = role === 'viewer' ? PLACES : [...PLACES, NEW_TASK];
  useEffect(() => {
    let wentAt = -Infinity;
    const press = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
        event.preventDefault();
        setOpen(true);
        return;
      }
      if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      const command = commands.find(
        ({ hint }) => hint === (event.timeStamp - wentAt < GO_MS_MAX ? `g ${event.key}` : event.key),
      );
      wentAt = event.key === 'g' ? event.timeStamp : -Infinity;
      if (event.key !== '/' && command === undefined) return;
      event.preventDefault();
      if (command === undefined) setOpen(true);
      else navigate(command.to);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });
  return (
    <>
      <button
        type="button"
        className="palette-button"
        aria-label="Search"
        onClick={() => setOpen(true)}
        aria-keyshortcuts="/ Control+K"
      >
        <Icon name="search" /> <span>Search</span> <kbd>/</kbd>
      </button>
      {isOpen && (
        <Dialog title="Go to" onClose={() => setOpen(false)}>
          <Finder commands={commands} onDone={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  );
}

function Finder({
  commands,
  onDone,
}: {
  readonly commands: readonly Command[];
  readonly onDone: () => void;
}): ReactNode {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const search = text.trim();
  const { data: found = [], isPlaceholderData } = useQuery({
    queryKey: ['find', search],
    queryFn: ({ signal }) => find(search, signal),
    enabled: search !== '',
    placeholderData: (before) => before,
  });
  const isMatching = ({ label }: Command): boolean => label.toLowerCase().includes(search.toLowerCase());
  // What was found for fewer letters: Enter must not go to what the whole text does not mean.
  const fresh = isPlaceholderData ? found.filter(isMatching) : found;
  const all = search === '' ? commands : [...commands.filter(isMatching), ...fresh];
  const go = (command: Command | undefined): void => {
    if (command === undefined) return;
    navigate(command.to);
    onDone();
  };
  const press = (event: ReactKeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setChosen((chosen + step + all.length) % Math.max(1, all.length));
    } else if (event.key === 'Enter') go(all[chosen]);
  };
  return (
    <>
      <input
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={all.length > 0 ? `palette-${chosen}` : undefined}
        aria-label="A page, a task or a device"
        placeholder="A page, a task or a device"
        value={text}
        onKeyDown={press}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
      />
      <ul className="palette-list" id="palette-list" role="listbox" aria-label="Found">
        {all.map((command, index) => (
          <li
            key={`${command.hint} ${command.label}`}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            onMouseMove={() => setChosen(index)}
            onClick={() => go(command)}
          >
            <span>{command.label}</span>
            <span className="muted">{command.hint}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

const FOUND_MAX = 8;

async function find(search: string, signal: AbortSignal): Promise<Command[]> {
  const query = { search, limit: FOUND_MAX };
  const [{ tasks }, { devices }] = await Promise.all([
    client.call('listTasks', { query }, { signal }),
    client.call('listDevices', { query }, { signal }),
  ]);
  return [
    ...tasks.map(({ id, name }) => ({ label: name, hint: `task ${id.slice(-6)}`, to: { page: 'task', id } as const })),
    ...devices.map(({ id, name }) => ({ label: name, hint: 'device', to: { page: 'device', id } as const })),
  ];
}

function isTyping({ target }: KeyboardEvent): boolean {
  return target instanceof Element && target.closest('input, textarea, select, dialog') !== null;
}
