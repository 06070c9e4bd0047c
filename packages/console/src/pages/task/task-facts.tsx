/** What is sent, how, and what it has cost so far. */
import type { ReactNode } from 'react';
import { formatBytes, formatRate, formatRatio } from '@rollcall/client/format';
import type { TaskHead, TaskPicture } from '@rollcall/client/task';
import { describeAction } from '../../model/describe-action.ts';
import { formatDuration, formatTime } from '../../model/format.ts';

export function TaskFacts({ task, picture }: { readonly task: TaskHead; readonly picture: TaskPicture }): ReactNode {
  const { content, policy, sessions } = task;
  const losses = picture.deliveries
    .flatMap(({ lossRatio }) => (lossRatio === null ? [] : [lossRatio]))
    .sort((a, b) => a - b);
  const received = picture.deliveries.reduce((sum, { bytesMulticast }) => sum + bytesMulticast, 0);
  // The task's own sum is from when the page was read.
  const unicast = Math.max(
    task.bytesUnicast,
    picture.deliveries.reduce((sum, { bytesUnicast }) => sum + bytesUnicast, 0),
  );
  const sent = sessions.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  return (
    <div className="panel-body">
      <dl className="facts">
        <dt>Action</dt>
        <dd>{describeAction(task.action)}</dd>
        <dt>Content</dt>
        <dd>
          {formatBytes(content.size)}, {content.encoding === 'identity' ? 'not encrypted' : 'encrypted'}
        </dd>
        {sessions.map((session) => (
          <Session key={session.id} session={session} isTaskOver={task.phase === 'ended'} />
        ))}
        <dt>Unicast</dt>
        <dd>{formatBytes(unicast)} sent to finish devices</dd>
        {received > sent && (
          <>
            <dt>Saved</dt>
            <dd>
              {formatBytes(received - sent)}: devices received {formatBytes(received)} by multicast
            </dd>
          </>
        )}
        {losses.length > 0 && (
          <>
            <dt>Loss</dt>
            <dd>
              median {formatRatio(losses[Math.floor(losses.length / 2)]!)}, worst {formatRatio(losses.at(-1)!)}
            </dd>
          </>
        )}
        <dt>Policy</dt>
        <dd>
          {policy.mode}, weight {policy.weight}
          {policy.rateBitsPerSecond !== undefined && `, at most ${formatRate(policy.rateBitsPerSecond)}`}; waits for
          devices until {formatTime(policy.expiresAt)}
        </dd>
        <dt>Task</dt>
        <dd>
          <code>{task.id}</code>
        </dd>
      </dl>
    </div>
  );
}

function Session({
  session,
  isTaskOver,
}: {
  readonly session: TaskHead['sessions'][number];
  readonly isTaskOver: boolean;
}): ReactNode {
  const { mode, state, startedAt, endedAt, bytesSent, repairBytes, handedOver, error } = session;
  const took = startedAt !== null && endedAt !== null ? ` in ${formatDuration(endedAt - startedAt)}` : '';
  const repair = bytesSent === 0 ? '' : `, ${formatRatio(repairBytes / bytesSent)} of it repair`;
  return (
    <>
      <dt className="capital">{mode}</dt>
      <dd>
        {startedAt === null && isTaskOver ? 'not begun' : `${state}: ${formatBytes(bytesSent)}${took}${repair}`}
        {handedOver.length > 0 && `; ${handedOver.length} left to unicast`}
        {error !== null && <span className="failure">; {error}</span>}
      </dd>
    </>
  );
}
