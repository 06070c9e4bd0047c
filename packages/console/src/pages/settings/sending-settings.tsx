/** How the server sends: to be read here, and set where it is started. */
import type { RateControl } from '@rollcall/api';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { formatRate } from '@rollcall/client/format';
import { plural } from '../../model/format.ts';
import { client } from '../../session/client.ts';
import { Ago, Failure, Panel } from '../../ui/parts.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';

const RATE_CONTROLS: Readonly<Record<RateControl, string>> = {
  fixed: 'fixed: at this rate',
  auto: 'auto: at most this rate, slower where the path to a device takes less',
};

export function SendingSettings(): ReactNode {
  const { data, error } = useQuery({ queryKey: ['sending'], queryFn: () => client.call('getSendingSettings') });
  if (error !== null) return <Failure error={error} />;
  if (data === undefined) return null;
  const rows = [
    ['Mode', data.mode, '--mode'],
    ['Group', `${data.group}, ports from ${data.port}`, '--group'],
    ['Source', data.isSourceSpecific ? 'source-specific' : 'any source', '--source-specific'],
    [
      'Interfaces',
      data.interfaces.length === 0 ? 'that of the default route' : data.interfaces.join(', '),
      '--interface',
    ],
    ['Time to live', String(data.ttl), '--ttl'],
    ['Rate of all multicast', formatRate(data.multicastBitsPerSecond), '--rate'],
    ['Rate control', RATE_CONTROLS[data.rateControl], '--rate-control'],
    ['Devices by unicast at once', String(data.unicastSlots), '--unicast-slots'],
    [
      'Rate of all unicast',
      data.unicastBitsPerSecond === null ? 'no limit' : formatRate(data.unicastBitsPerSecond),
      '--unicast-rate',
    ],
  ] as const;
  return (
    <div className="stack">
      <Panel title="Multicast">
        <ScrollTable label="Multicast" columns={['What', 'Value', 'Set by']} className="stacked settings-table">
          {rows.map(([name, value, flag]) => (
            <tr key={name}>
              <td>{name}</td>
              <td>{value}</td>
              <td>
                <code>{flag}</code>
              </td>
            </tr>
          ))}
        </ScrollTable>
        <p className="panel-body muted small note">
          These are options of <code>rollcall serve</code>: they change when the server is started again.
        </p>
      </Panel>
      <SiteReach />
    </div>
  );
}

/** What the last probe of each device found, by site. */
function SiteReach(): ReactNode {
  const { data } = useQuery({ queryKey: ['reachability'], queryFn: () => client.call('getReachability') });
  if (data === undefined) return null;
  return (
    <Panel title="What arrives">
      <div className="panel-body stack">
        {data.sites.length === 0 && (
          <p className="muted">
            No device was probed yet. <code>rollcall doctor</code> on the server sends to all of them and says what
            arrives where.
          </p>
        )}
        {data.sites.map(({ siteId, probedAt, deviceCount, multicast, unheardAnswerCount }) => (
          <p key={siteId}>
            Site {siteId}: multicast reached {multicast['reached'] ?? 0} of {plural(deviceCount, 'device')} that were
            probed
            {(multicast['unreached'] ?? 0) > 0 && `, and did not arrive at ${multicast['unreached'] ?? 0}`}
            {unheardAnswerCount > 0 && `; the answers of ${unheardAnswerCount} did not come back`}.{' '}
            <span className="muted">
              Last <Ago time={probedAt} />
            </span>
          </p>
        ))}
      </div>
    </Panel>
  );
}
