/** What does not go on by itself, the worst first: each with what it is and where to do something about it. */
import type { Overview } from '@rollcall/api';
import type { ReactNode } from 'react';
import { lookOf } from '@rollcall/client/task';
import { plural } from '../model/format.ts';
import { LOOKS } from '../model/appearance.ts';
import { LookMark } from './look-mark.tsx';
import { Ago, Empty } from './parts.tsx';
import { Link } from './router.tsx';

const SHOWN_MAX = 8;

export function AttentionList({
  failed,
  waiting,
  waitingCount,
  doubtful,
}: Pick<Overview, 'failed' | 'waiting' | 'waitingCount' | 'doubtful'>): ReactNode {
  if (failed.length + waiting.length + doubtful.length === 0) {
    return <Empty icon="check" title="All is well" />;
  }
  return (
    <ul className="lines">
      {failed.slice(0, SHOWN_MAX).map(({ task, delivery }) => (
        <li key={`${task.id} ${delivery.device.id}`}>
          <LookMark look={lookOf(delivery)} />
          <span className="grow">
            <Link to={{ page: 'device', id: delivery.device.id }}>{delivery.device.name}</Link>{' '}
            {LOOKS[lookOf(delivery)].label} in <Link to={{ page: 'task', id: task.id }}>{task.name}</Link>
            {delivery.error !== null && <span className="muted clamp">{delivery.error.message}</span>}
          </span>
          <span className="muted small nowrap">
            <Ago time={delivery.finishedAt} />
          </span>
        </li>
      ))}
      {failed.length > SHOWN_MAX && <li className="muted">and {failed.length - SHOWN_MAX} more that failed</li>}
      {waiting.slice(0, SHOWN_MAX).map(({ task, delivery }) => (
        <li key={`${task.id} ${delivery.device.id}`}>
          <LookMark look="offline" />
          <span className="grow">
            <Link to={{ page: 'device', id: delivery.device.id }}>{delivery.device.name}</Link> is offline;{' '}
            <Link to={{ page: 'task', id: task.id }}>{task.name}</Link> waits for it
          </span>
        </li>
      ))}
      {waitingCount > SHOWN_MAX && (
        <li className="muted">
          {plural(waitingCount - SHOWN_MAX, 'more delivery', 'more deliveries')} wait for offline devices
        </li>
      )}
      {doubtful.slice(0, SHOWN_MAX).map((device) => (
        <li key={device.id}>
          <LookMark look="expired" />
          <span className="grow">
            <Link to={{ page: 'device', id: device.id }}>{device.name}</Link>{' '}
            {device.pending
              ? 'has joined, and waits for approval'
              : (device.warning ?? (
                  <>
                    was last seen <Ago time={device.lastSeenAt} />
                  </>
                ))}
          </span>
        </li>
      ))}
    </ul>
  );
}
