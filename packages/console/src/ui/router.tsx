/** The place in the address bar: links change it without loading the page again, back and forward work. */
import { useSyncExternalStore, type ComponentProps, type MouseEvent, type ReactNode } from 'react';
import { pathTo, type Place } from '../model/places.ts';

const listeners = new Set<() => void>();
const tell = (): void => {
  for (const listener of listeners) listener();
};
window.addEventListener('popstate', tell);

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePath(): string {
  return useSyncExternalStore(listen, () => location.pathname);
}

/** What the address says behind its question mark: a filter that can be bookmarked. */
export function useSearchParameter(name: string): readonly [string, (value: string) => void] {
  const search = useSyncExternalStore(listen, () => location.search);
  const value = new URLSearchParams(search).get(name) ?? '';
  const set = (next: string): void => {
    const parameters = new URLSearchParams(location.search);
    if (next === '') parameters.delete(name);
    else parameters.set(name, next);
    const text = parameters.toString();
    history.replaceState(null, '', text === '' ? location.pathname : `${location.pathname}?${text}`);
    tell();
  };
  return [value, set];
}

export function navigate(place: Place, search = ''): void {
  history.pushState(null, '', pathTo(place) + search);
  tell();
  window.scrollTo(0, 0);
}

interface LinkProps extends Omit<ComponentProps<'a'>, 'href'> {
  readonly to: Place;
  readonly search?: string;
  readonly children: ReactNode;
}

export function Link({ to, search = '', children, ...rest }: LinkProps): ReactNode {
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to, search);
  };
  return (
    <a {...rest} href={pathTo(to) + search} onClick={follow}>
      {children}
    </a>
  );
}
