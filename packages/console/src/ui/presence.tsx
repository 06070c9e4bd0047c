/** Whether a device is there, and whether somebody should look at it. */
import type { Device } from '@rollcall/api';
import type { ReactNode } from 'react';

export function Presence({
  device,
}: {
  readonly device: Pick<Device, 'online' | 'warning'> & { readonly pending?: boolean };
}): ReactNode {
  // It cannot be online before that: in a narrow column there is room for what is to be done.
  if (device.pending === true) return <span className="tag tag-work">waits for approval</span>;
  return (
    <>
      <span className={device.online ? 'presence presence-online' : 'presence'}>
        {device.online ? 'online' : 'offline'}
      </span>
      {device.warning !== null && (
        <span className="tag tag-late" title={device.warning}>
          look
        </span>
      )}
    </>
  );
}
