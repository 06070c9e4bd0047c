/** What the pages read, under one key each, and which events make it old. */
import type { Operator } from '@rollcall/api';
import { QueryClient, useQuery } from '@tanstack/react-query';
import { ProblemError } from '@rollcall/client';
import { client } from '../session/client.ts';
import { eventFeed } from './event-feed.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the server has said no to stays no; a server that is away comes back.
      retry: (failures, error) => !(error instanceof ProblemError && error.problem.status < 500) && failures < 3,
    },
  },
});

export const me = { queryKey: ['me'], queryFn: () => client.call('whoAmI'), staleTime: 60_000 } as const;
export const overview = { queryKey: ['overview'], queryFn: () => client.call('getOverview') } as const;

const ROLE_RANKS = { viewer: 0, operator: 1, admin: 2 } as const;

/** Whether whoever is signed in may do what needs this role; what one may not do is not shown. */
export function useMay(role: Operator['role']): boolean {
  const { data } = useQuery(me);
  return data !== undefined && ROLE_RANKS[data.role] >= ROLE_RANKS[role];
}

/** Nothing tells a page how the attempts of a webhook go: it asks. */
export const ATTEMPTS_ASKED_MS = 5_000;

/** Lists are read again when something in them changed, but not more than once in so long. */
const REFRESH_MS = 1_500;

export function keepFresh(): () => void {
  const old = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = (): void => {
    timer = undefined;
    for (const key of old) void queryClient.invalidateQueries({ queryKey: [key] });
    old.clear();
  };
  const stop = eventFeed.listen(({ type }) => {
    if (type === 'open' || type === 'reset') void queryClient.invalidateQueries();
    for (const key of KEYS[type] ?? []) old.add(key);
    if (old.size > 0) timer ??= setTimeout(refresh, REFRESH_MS);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  task: ['tasks', 'overview', 'device-deliveries'],
  delivery: ['overview', 'device-deliveries'],
  session: ['overview'],
  device: ['devices', 'device', 'overview'],
};
