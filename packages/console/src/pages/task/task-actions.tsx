/** What an operator can do with a task as it stands: never a button that the server would refuse. */
import type { ReactNode } from 'react';
import { countOpen, type TaskHead } from '@rollcall/client/task';
import { plural } from '../../model/format.ts';
import { client } from '../../session/client.ts';
import { queryClient } from '../../live/queries.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { navigate } from '../../ui/router.tsx';

export function TaskActions({ task }: { readonly task: TaskHead }): ReactNode {
  const { id, state, phase, counts } = task;
  const params = { id };
  const isOpen = state === 'active' || state === 'paused' || state === 'scheduled';
  const again = counts.failed + counts.rejected + counts.timed_out + counts.cancelled;
  const open = countOpen(counts);
  return (
    <>
      {state === 'active' && phase !== 'ended' && (
        <ActionButton
          act={() => client.call('pauseTask', { params })}
          confirm={{
            title: 'Pause the task?',
            text: 'Nothing more is sent to any device until it is resumed. What devices already have, they carry out.',
            label: 'Pause',
          }}
          done="Paused"
        >
          Pause
        </ActionButton>
      )}
      {state === 'paused' && (
        <ActionButton kind="primary" act={() => client.call('resumeTask', { params })} done="Resumed">
          Resume
        </ActionButton>
      )}
      {isOpen && phase !== 'ended' && (
        <ActionButton
          kind="danger"
          act={() => client.call('cancelTask', { params })}
          confirm={{
            title: 'Cancel the task?',
            text: `${plural(open, 'delivery that is', 'deliveries that are')} not done will end at once. Devices that have it keep it.`,
            label: 'Cancel the task',
          }}
          done="Cancelled"
        >
          Cancel
        </ActionButton>
      )}
      {again > 0 && (
        <ActionButton
          kind="primary"
          act={() => client.call('retryTask', { params, body: {} })}
          confirm={{
            title: 'Retry?',
            text: `${plural(again, 'device')} that failed, declined, ran out of time or were cancelled will run it again.`,
            label: 'Retry',
          }}
          done="They run it again"
        >
          Retry {again}
        </ActionButton>
      )}
      {(state === 'completed' || state === 'cancelled') && phase === 'ended' && (
        <ActionButton
          kind="danger"
          act={async () => {
            await client.call('deleteTask', { params });
            await queryClient.invalidateQueries();
            navigate({ page: 'tasks' });
          }}
          confirm={{
            title: 'Delete the task?',
            text: 'Its rows and the output of its attempts are gone for good. Devices keep what they have; the audit log keeps that it was.',
            label: 'Delete',
          }}
          done="Deleted"
        >
          Delete
        </ActionButton>
      )}
    </>
  );
}
