/** Rename, remove, and give its place to a new machine. */
import type { Device } from '@rollcall/api';
import { useState, type FormEvent, type ReactNode } from 'react';
import { queryClient } from '../../live/queries.ts';
import { client, messageOf } from '../../session/client.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { say } from '../../ui/notices.tsx';
import { CopyText, Failure } from '../../ui/parts.tsx';
import { navigate } from '../../ui/router.tsx';

export function DeviceActions({ device }: { readonly device: Device }): ReactNode {
  const [isRenaming, setRenaming] = useState(false);
  const [command, setCommand] = useState<string>();
  if (device.pending) return <PendingActions device={device} />;
  return (
    <>
      <button type="button" className="button" onClick={() => setRenaming(true)}>
        Rename
      </button>
      <ActionButton
        act={async () => {
          const made = await client.call('createJoinToken', { body: { uses: 1, replaces: device.name } });
          setCommand(made.command);
        }}
      >
        Re-enrol
      </ActionButton>
      <ActionButton
        kind="danger"
        act={async () => {
          await client.call('removeDevice', { params: { id: device.id } });
          await queryClient.invalidateQueries({ queryKey: ['devices'] });
          navigate({ page: 'devices' });
        }}
        confirm={{
          title: `Remove ${device.name}?`,
          text: 'Its certificate is void at once, and what waits for it ends as removed. It can join again with a new token.',
          label: 'Remove the device',
        }}
        done="Removed"
      >
        Remove
      </ActionButton>
      {isRenaming && <RenameDialog device={device} onClose={() => setRenaming(false)} />}
      {command !== undefined && (
        <Dialog title={`A new machine for ${device.name}`} onClose={() => setCommand(undefined)}>
          <p>
            Run this on the machine that takes its place. It is good for one machine, and until then nothing changes for
            the device that has the name now.
          </p>
          <CopyText text={command} label="the join command" />
        </Dialog>
      )}
    </>
  );
}

/** It has joined and waits: somebody who knows it says whether it may come in. */
function PendingActions({ device }: { readonly device: Device }): ReactNode {
  const params = { id: device.id };
  return (
    <>
      <ActionButton
        kind="primary"
        act={async () =>
          queryClient.setQueryData(['device', device.id], await client.call('approveDevice', { params }))
        }
        done="It is in, and starts by itself"
      >
        Approve
      </ActionButton>
      <ActionButton
        kind="danger"
        act={async () => {
          await client.call('rejectDevice', { params });
          await queryClient.invalidateQueries({ queryKey: ['devices'] });
          navigate({ page: 'devices' });
        }}
        confirm={{
          title: `Send ${device.name} away?`,
          text: 'Its certificate is void at once.',
          label: 'Reject the device',
        }}
        done="Sent away"
      >
        Reject
      </ActionButton>
    </>
  );
}

function RenameDialog({ device, onClose }: { readonly device: Device; readonly onClose: () => void }): ReactNode {
  const [name, setName] = useState(device.name);
  const [failure, setFailure] = useState<string>();
  const rename = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      const changed = await client.call('updateDevice', { params: { id: device.id }, body: { name: name.trim() } });
      queryClient.setQueryData(['device', device.id], changed);
      say(`Its name is ${changed.name} now`);
      onClose();
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  return (
    <Dialog title={`Rename ${device.name}`} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void rename(event)}>
        <div className="field">
          <label htmlFor="device-name">Name</label>
          <input id="device-name" required autoFocus value={name} onChange={(event) => setName(event.target.value)} />
        </div>
        {failure !== undefined && <Failure error={failure} />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Keep the name
          </button>
          <button type="submit" className="button button-primary">
            Rename
          </button>
        </div>
      </form>
    </Dialog>
  );
}
