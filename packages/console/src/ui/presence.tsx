/** Whether a device is there, and whether somebody should look at it. */
import type { Device } from '@rollcall/api';
import type { ReactNode } from 'react';
import { Ago } from './parts.tsx';

export function Presence({
  device,
}: {
  readonly device: Pick<Device, 'online' | 'warning'> & { readonly pending?: boolean };
}): ReactNode {
  return (
    <>
      <span className={device.online ? 'presence presence-online' : 'presence'}>
        {device.online ? 'online' : 'offline'}
      </span>
      {device.pending === true && <span className="tag tag-work">waits for approval</span>}
      {device.warning !== null && (
        <span className="tag tag-late" title={device.warning}>
          look
        </span>
      )}
    </>
  );
}

/** Of one that is not there now. */
export function LastSeen({ at }: { readonly at: number | null }): ReactNode {
  if (at === null) return 'never seen yet';
  return (
    <>
      last seen <Ago time={at} />
    </>
  );
}
