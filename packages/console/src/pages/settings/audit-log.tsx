/** Who did what, the newest first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { formatTime } from '../../model/format.ts';
import { client } from '../../session/client.ts';
import { Empty, Failure, More } from '../../ui/parts.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';

/** A hash says no more to the eye by being whole. */
function shorten(id: string): string {
  return id.length > 20 ? `${id.slice(0, 12)}…` : id;
}

export function AuditLog(): ReactNode {
  const [actor, setActor] = useState('');
  const [outcome, setOutcome] = useState<'' | 'done' | 'refused'>('');
  const query = useInfiniteQuery({
    queryKey: ['audit', actor, outcome],
    queryFn: ({ pageParam, signal }) =>
      client.call(
        'listAudit',
        {
          query: {
            limit: 100,
            ...(actor.trim() === '' ? {} : { actor: actor.trim() }),
            ...(outcome === '' ? {} : { outcome }),
            ...(pageParam === '' ? {} : { cursor: pageParam }),
          },
        },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: (before) => before,
  });
  const { data, error } = query;
  const entries = data?.pages.flatMap((page) => page.entries) ?? [];
  const head = data?.pages[0]?.head;
  return (
    <>
      <div className="filters">
        <input
          type="search"
          aria-label="Who"
          placeholder="Name of who did it"
          value={actor}
          onChange={(event) => setActor(event.target.value)}
        />
        <select
          aria-label="Outcome"
          value={outcome}
          onChange={(event) => setOutcome(event.target.value as typeof outcome)}
        >
          <option value="">Done and refused</option>
          <option value="done">Done</option>
          <option value="refused">Refused</option>
        </select>
      </div>
      {error !== null && <Failure error={error} />}
      <div className="panel">
        {entries.length === 0 && data !== undefined ? (
          <Empty icon="search" title="No entry matches" />
        ) : (
          <ScrollTable
            label="Audit log"
            className="stacked audit-table"
            columns={[{ title: '#', kind: 'number' }, 'When', 'Who', 'What', 'On', 'From']}
          >
            {entries.map((entry) => (
              <tr key={entry.sequence}>
                <td className="number muted">{entry.sequence}</td>
                <td className="nowrap">{formatTime(entry.at)}</td>
                <td className="nowrap">{entry.actor.name ?? entry.actor.kind}</td>
                <td className="nowrap">
                  {entry.operation} {entry.outcome === 'refused' && <span className="tag tag-bad">refused</span>}
                </td>
                <td>
                  {entry.subjects
                    .map(({ id, name }) => name ?? shorten(id))
                    .slice(0, 3)
                    .join(', ')}
                  {entry.deviceCount > 1 && <span className="muted"> {entry.deviceCount} devices</span>}
                </td>
                <td className="muted nowrap">{entry.source ?? 'the server'}</td>
              </tr>
            ))}
          </ScrollTable>
        )}
      </div>
      <More query={query} />
      {head !== undefined && (
        <p className="muted small more">
          The last entry is {head.sequence}, hash <code>{head.hash.slice(0, 16)}</code>…;{' '}
          <code>rollcall audit verify</code> checks the whole chain.
        </p>
      )}
    </>
  );
}
