/** What is drawn by hand has to be drawn again when the colours change. */
import { useSyncExternalStore } from 'react';
import { useSignal } from '../live/signal.ts';
import { theme } from './theme.ts';

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

export function useColourScheme(): 'light' | 'dark' {
  const chosen = useSignal(theme);
  const isDark = useSyncExternalStore(
    (listener) => {
      systemIsDark.addEventListener('change', listener);
      return () => systemIsDark.removeEventListener('change', listener);
    },
    () => systemIsDark.matches,
  );
  return chosen === 'system' ? (isDark ? 'dark' : 'light') : chosen;
}
