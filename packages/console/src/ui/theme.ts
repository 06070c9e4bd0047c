/** Light or dark: as the system says, until somebody says otherwise on this machine. */
import { Signal } from '../live/signal.ts';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'rollcall.theme';

export const theme = new Signal<Theme>(stored());
apply(theme.value);

export function setTheme(next: Theme): void {
  if (next === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, next);
  apply(next);
  theme.set(next);
}

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return value === 'light' || value === 'dark' ? value : 'system';
}

function apply(value: Theme): void {
  if (value === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = value;
}
