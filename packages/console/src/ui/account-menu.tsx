/** Who one is, light or dark, and the way out. */
import type { Operator } from '@rollcall/api';
import type { ReactNode } from 'react';
import { useSignal } from '../live/signal.ts';
import { signOut } from '../session/session.ts';
import { Icon } from './icons.tsx';
import { setTheme, theme, type Theme } from './theme.ts';

const THEMES: readonly (readonly [Theme, string])[] = [
  ['system', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

export function AccountMenu({ operator }: { readonly operator: Operator }): ReactNode {
  const chosen = useSignal(theme);
  return (
    <div className="account">
      <label className="theme-choice">
        <Icon name={chosen === 'dark' ? 'moon' : 'sun'} />
        <span className="visually-hidden">Colours</span>
        <select value={chosen} onChange={(event) => setTheme(event.target.value as Theme)}>
          {THEMES.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <div className="account-name">
        <span>
          {operator.name} <span className="muted">{operator.role}</span>
        </span>
        <button type="button" className="link-button" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </div>
  );
}
