/** Where the task stands: announced, multicast, finished by unicast, ended. */
import type { TaskPhase } from '@rollcall/api';
import type { ReactNode } from 'react';
import { formatBytes, formatRate } from '@rollcall/client/format';
import { countOpen, type TaskHead, type TaskPicture } from '@rollcall/client/task';
import { formatCount, formatDuration, plural } from '../../model/format.ts';
import { useNow } from '../../ui/parts.tsx';

const PHASES: readonly (readonly [TaskPhase, string])[] = [
  ['announcing', 'Announcing'],
  ['multicasting', 'Multicasting'],
  ['finishing', 'Finishing by unicast'],
  ['ended', 'Ended'],
];

export function PhaseLine({ picture }: { readonly picture: TaskPicture }): ReactNode {
  const { head } = picture;
  const at = PHASES.findIndex(([phase]) => phase === head.phase);
  return (
    <div className="phase-line">
      <ol>
        {PHASES.map(([phase, label], index) => (
          <li
            key={phase}
            aria-current={index === at ? 'step' : undefined}
            className={index < at && wasGoneThrough(phase, head) ? 'phase-past' : ''}
          >
            {label}
          </li>
        ))}
      </ol>
      <p aria-live="polite">
        <Words picture={picture} />
      </p>
    </div>
  );
}

/** Of one that ended: a task that was cancelled did not get to the rest. */
function wasGoneThrough(phase: TaskPhase, { phase: now, state, sessions }: TaskHead): boolean {
  if (now !== 'ended') return true;
  if (phase === 'multicasting') return sessions.some(({ startedAt }) => startedAt !== null);
  return phase !== 'finishing' || state !== 'cancelled';
}

function Words({ picture }: { readonly picture: TaskPicture }): ReactNode {
  const now = useNow(1_000);
  const { head, lookCounts } = picture;
  const { counts } = head;
  const total = picture.deliveries.length;
  const done = counts.succeeded;
  const session = head.sessions.at(-1);
  if (head.phase === 'ended') {
    const took = head.finishedAt === null ? '' : ` after ${formatDuration(head.finishedAt - head.createdAt)}`;
    if (done === total) return `${total === 1 ? 'The device has' : `All ${plural(total, 'device')} have`} it${took}.`;
    return `${done} of ${plural(total, 'device has', 'devices have')} it${took}.`;
  }
  if (head.state === 'paused') return 'Paused: nothing is sent. What devices already have, they carry out.';
  if (head.phase === 'announcing')
    return `${total === 1 ? 'The device is' : `${plural(total, 'device')} are`} told; the multicast begins when enough of them are ready.`;
  if (head.phase === 'multicasting' && session?.startedAt != null) {
    const elapsed = Math.max(1, now - session.startedAt);
    const rate = formatRate((session.bytesSent * 8000) / elapsed);
    return `${formatBytes(session.bytesSent)} sent in ${formatDuration(elapsed)}, ${rate} on average; ${plural(counts.receiving, 'device receives', 'devices receive')}.`;
  }
  const left = countOpen(counts);
  const offline = formatOffline(lookCounts.offline, left);
  const without = total - done - left;
  const ended = without === 0 ? '' : `, ${formatCount(without)} ended without it`;
  return `${done} of ${plural(total, 'device has', 'devices have')} it${ended}; ${left} to go${offline}.`;
}

function formatOffline(count: number, left: number): string {
  if (count === 0) return '';
  if (count === left) return count === 1 ? ', and it is offline' : ', all of them offline';
  return count === 1 ? ', one of them offline' : `, ${count} of them offline`;
}
