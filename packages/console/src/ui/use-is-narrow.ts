/** As wide as a phone, by the measure of the style sheets: for what they cannot decide alone. */
import { useSyncExternalStore } from 'react';

const narrow = matchMedia('(max-width: 48rem)');

export function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrow.addEventListener('change', listener);
      return () => narrow.removeEventListener('change', listener);
    },
    () => narrow.matches,
  );
}
