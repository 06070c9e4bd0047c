import type { RollcallEvent } from '@rollcall/api';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { overview } from '../live/queries.ts';
import { tellEvents } from '../model/tell-event.ts';
import { Ago, Empty } from './parts.tsx';
import { Link } from './router.tsx';

const SHOWN_MAX = 12;

export function EventList({ events }: { readonly events: readonly RollcallEvent[] }): ReactNode {
  const { data } = useQuery(overview);
  const names = new Map([...(data?.running ?? []), ...(data?.ended ?? [])].map(({ id, name }) => [id, name]));
  if (events.length === 0) return <Empty icon="tasks" title="Nothing has happened yet" />;
  return (
    <ul className="lines">
      {tellEvents(events)
        .slice(0, SHOWN_MAX)
        .map(({ event, subject, words, taskId }) => {
          const name =
            subject.kind === 'task' ? (names.get(subject.id) ?? `Task ${subject.id.slice(-6)}`) : subject.name;
          return (
            <li key={event.sequence}>
              <span className="grow">
                <Link to={{ page: subject.kind, id: subject.id }}>{name}</Link>{' '}
                <span className="clamp-inline">{words}</span>
                {taskId !== undefined && (
                  <>
                    {' · '}
                    <Link to={{ page: 'task', id: taskId }}>{names.get(taskId) ?? `task ${taskId.slice(-6)}`}</Link>
                  </>
                )}
              </span>
              <span className="muted small nowrap">
                <Ago time={event.at} />
              </span>
            </li>
          );
        })}
    </ul>
  );
}
