/** Whether multicast reaches the device: what the last probe found. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { explainPath } from '../../model/explain-reachability.ts';
import { client } from '../../session/client.ts';
import { Ago, Failure, Panel } from '../../ui/parts.tsx';

export function ReachabilityPanel({ deviceId }: { readonly deviceId: string }): ReactNode {
  const { data, error } = useQuery({ queryKey: ['reachability'], queryFn: () => client.call('getReachability') });
  const found = data?.devices.find(({ device }) => device.id === deviceId);
  return (
    <Panel title="Reach">
      <div className="panel-body stack">
        {error !== null && <Failure error={error} />}
        {data !== undefined && found === undefined && (
          <p className="muted">
            Not probed yet: <code>rollcall doctor</code> on the server sends to it and says what arrives.
          </p>
        )}
        {found !== undefined && (
          <>
            {found.paths.map((path) => (
              <p key={path.path}>{explainPath(path)}</p>
            ))}
            <p className="muted small">
              Probed <Ago time={found.probedAt} /> for {found.durationSeconds} s
              {found.interface !== null && `, on ${found.interface.name} (${found.interface.address})`}
            </p>
          </>
        )}
      </div>
    </Panel>
  );
}
