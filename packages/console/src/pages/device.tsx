/** One device: what it is, what waits for it, what it has done. */
import type { Device } from '@rollcall/api';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { formatBytes, formatRatio } from '@rollcall/client/format';
import { isEnded, lookOf } from '@rollcall/client/task';
import { useMay } from '../live/queries.ts';
import { LOOKS } from '../model/appearance.ts';
import { formatTime } from '../model/format.ts';
import { client } from '../session/client.ts';
import { Icon } from '../ui/icons.tsx';
import { LookMark } from '../ui/look-mark.tsx';
import { Ago, Empty, Failure, More, Page, Panel } from '../ui/parts.tsx';
import { ScrollTable } from '../ui/scroll-table.tsx';
import { Presence } from '../ui/presence.tsx';
import { Link } from '../ui/router.tsx';
import { DeviceActions } from './device/device-actions.tsx';
import { LabelEditor } from './device/label-editor.tsx';
import { ReachabilityPanel } from './device/reachability-panel.tsx';

export function DevicePage({ id }: { readonly id: string }): ReactNode {
  const mayAct = useMay('operator');
  const { data: device, error } = useQuery({
    queryKey: ['device', id],
    queryFn: () => client.call('getDevice', { params: { id } }),
  });
  if (device === undefined) {
    return error === null ? <div className="loading" /> : <Page title="Device">{<Failure error={error} />}</Page>;
  }
  return (
    <Page
      title={device.name}
      lead={
        <p className="row muted">
          <Presence device={device} />
          {!device.online && !device.pending && (
            <span>
              {device.lastSeenAt === null ? (
                'never seen'
              ) : (
                <>
                  last seen <Ago time={device.lastSeenAt} />
                </>
              )}
            </span>
          )}
        </p>
      }
      actions={mayAct && <DeviceActions device={device} />}
    >
      <div className="stack">
        {device.warning !== null && (
          <p className="connection-lost">
            <Icon name="warning" /> {device.warning}
          </p>
        )}
        <div className="columns">
          <Panel title="Facts">
            <Facts device={device} />
          </Panel>
          <div className="stack">
            <Panel title="Labels">
              <LabelEditor key={JSON.stringify(device.labels)} device={device} mayAct={mayAct} />
            </Panel>
            <ReachabilityPanel deviceId={device.id} />
          </div>
        </div>
        <Panel title="Waiting for it">
          <Deliveries id={id} isOpen />
        </Panel>
        <Panel title="History">
          <Deliveries id={id} isOpen={false} />
        </Panel>
      </div>
    </Page>
  );
}

function Facts({ device }: { readonly device: Device }): ReactNode {
  const { facts } = device;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Host name', facts.hostname],
    ['System', facts.distribution],
    ['Platform', facts.platform],
    ['Agent', facts.agentVersion],
    ['Time zone', facts.timeZone],
    ['Free space', facts.freeBytes === undefined ? undefined : formatBytes(facts.freeBytes)],
    ['Addresses', facts.macs?.join(', ')],
    ['Site', device.siteId],
    ['Joined', formatTime(device.enrolledAt)],
    ['Id', device.id],
  ];
  return (
    <dl className="facts panel-body">
      {rows.map(([name, value]) =>
        value === undefined || value === '' ? null : (
          <div key={name} className="contents">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function Deliveries({ id, isOpen }: { readonly id: string; readonly isOpen: boolean }): ReactNode {
  const query = useInfiniteQuery({
    queryKey: ['device-deliveries', id, isOpen],
    queryFn: ({ pageParam }) =>
      client.call('listDeviceDeliveries', {
        params: { id },
        query: { limit: 25, ...(isOpen ? { open: true } : {}), ...(pageParam === '' ? {} : { cursor: pageParam }) },
      }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const { data, error } = query;
  if (error !== null) return <Failure error={error} />;
  const listed = data?.pages.flatMap((page) => page.deliveries) ?? [];
  // What is still open has its own table above this one.
  const deliveries = isOpen ? listed : listed.filter(({ delivery }) => isEnded(delivery.state));
  if (deliveries.length === 0 && !query.hasNextPage)
    return <Empty icon="check" title={isOpen ? 'Nothing' : 'No task has ended on it yet'} />;
  return (
    <>
      <ScrollTable
        label={isOpen ? 'Waiting for it' : 'History'}
        className="stacked history-table"
        columns={[
          'Task',
          'State',
          { title: 'Multicast', kind: 'number' },
          { title: 'Unicast', kind: 'number' },
          { title: 'Loss', kind: 'number' },
          ...(isOpen ? [] : ['Finished']),
        ]}
      >
        {deliveries.map(({ task, delivery }) => (
          <tr key={task.id}>
            <td>
              <Link to={{ page: 'task', id: task.id }}>{task.name}</Link>
              {delivery.error !== null && <div className="muted small">{delivery.error.message}</div>}
            </td>
            <td className="nowrap">
              <LookMark look={lookOf(delivery)} /> {LOOKS[lookOf(delivery)].label}
            </td>
            <td className="number">{formatBytes(delivery.bytesMulticast)}</td>
            <td className="number">{formatBytes(delivery.bytesUnicast)}</td>
            <td className="number">{formatRatio(delivery.lossRatio)}</td>
            {!isOpen && (
              <td className="nowrap">
                <Ago time={delivery.finishedAt} />
              </td>
            )}
          </tr>
        ))}
      </ScrollTable>
      <More query={query} />
    </>
  );
}
