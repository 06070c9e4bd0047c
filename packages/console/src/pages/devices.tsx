/** All devices: searched and filtered by the server, only those in sight in the page. */
import type { Device } from '@rollcall/api';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type ReactNode } from 'react';
import { useMay } from '../live/queries.ts';
import { client } from '../session/client.ts';
import { DeviceLabels } from '../ui/device-labels.tsx';
import { Icon } from '../ui/icons.tsx';
import { Ago, Empty, Failure, Page } from '../ui/parts.tsx';
import { Presence } from '../ui/presence.tsx';
import { Link, useSearchParameter } from '../ui/router.tsx';

const PAGE_LENGTH = 200;
const ROW_HEIGHT = 44;
const SORTS = [
  ['name', 'By name'],
  ['-seen', 'Last seen first'],
  ['seen', 'Longest away first'],
  ['-enrolled', 'Newest first'],
] as const;
type Sort = (typeof SORTS)[number][0];

export function DevicesPage(): ReactNode {
  const [search, setSearch] = useSearchParameter('search');
  const [selector, setSelector] = useSearchParameter('selector');
  const [presence, setPresence] = useSearchParameter('presence');
  const [sort, setSort] = useSearchParameter('sort');
  const mayJoin = useMay('operator');
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['devices', search, selector, presence, sort],
    queryFn: ({ pageParam, signal }) =>
      client.call(
        'listDevices',
        {
          query: {
            limit: PAGE_LENGTH,
            ...(search.trim() === '' ? {} : { search: search.trim() }),
            ...(selector.trim() === '' ? {} : { selector: selector.trim() }),
            ...(presence === '' ? {} : { online: presence === 'online' }),
            ...(sort === '' ? {} : { sort: sort as Sort }),
            ...(pageParam === '' ? {} : { cursor: pageParam }),
          },
        },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: (before) => before,
  });
  const devices = data?.pages.flatMap((page) => page.devices) ?? [];
  const isFiltered = search !== '' || selector !== '' || presence !== '';
  return (
    <Page
      title="Devices"
      actions={
        mayJoin && (
          <Link to={{ page: 'settings', section: 'join' }} className="button">
            <Icon name="plus" /> Join devices
          </Link>
        )
      }
    >
      <div className="filters">
        <input
          type="search"
          aria-label="Search devices"
          placeholder="Name, id, host name or label"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <input
          type="search"
          aria-label="Selector"
          placeholder="Selector: site=north"
          spellCheck={false}
          value={selector}
          onChange={(event) => setSelector(event.target.value)}
        />
        <select aria-label="Presence" value={presence} onChange={(event) => setPresence(event.target.value)}>
          <option value="">Online or not</option>
          <option value="online">Online</option>
          <option value="offline">Offline</option>
        </select>
        <select aria-label="Order" value={sort} onChange={(event) => setSort(event.target.value)}>
          {SORTS.map(([value, label]) => (
            <option key={value} value={value === 'name' ? '' : value}>
              {label}
            </option>
          ))}
        </select>
      </div>
      {error !== null && <Failure error={error} />}
      {data !== undefined && devices.length === 0 && (
        <div className="panel">
          <Empty icon="devices" title={isFiltered ? 'No device matches' : 'No device has joined yet'} />
        </div>
      )}
      {devices.length > 0 && (
        <DeviceTable
          devices={devices}
          onEnd={() => {
            if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
          }}
        />
      )}
    </Page>
  );
}

function DeviceTable({
  devices,
  onEnd,
}: {
  readonly devices: readonly Device[];
  readonly onEnd: () => void;
}): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: devices.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 10,
  });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= devices.length - 20) onEnd();
  });
  return (
    <div className="panel virtual virtual-tall" ref={scroller} tabIndex={0} role="region" aria-label="Devices">
      <div
        role="table"
        aria-label="Devices"
        className="virtual-table device-table"
        style={{ height: rows.getTotalSize() + ROW_HEIGHT }}
      >
        <div role="row" className="virtual-row virtual-head">
          <span role="columnheader">Device</span>
          <span role="columnheader">Presence</span>
          <span role="columnheader">Labels</span>
          <span role="columnheader">System</span>
          <span role="columnheader">Agent</span>
        </div>
        {items.map((row) => {
          const device = devices[row.index]!;
          return (
            <div
              key={device.id}
              role="row"
              className="virtual-row"
              style={{ top: row.start + ROW_HEIGHT, height: ROW_HEIGHT }}
            >
              <span role="cell" className="clip">
                <Link to={{ page: 'device', id: device.id }}>{device.name}</Link>
              </span>
              <span role="cell" className="clip">
                <Presence device={device} />{' '}
                {!device.online && !device.pending && (
                  <span className="muted small">
                    {device.lastSeenAt === null ? 'never seen' : <Ago time={device.lastSeenAt} />}
                  </span>
                )}
              </span>
              <span role="cell" className="clip">
                <DeviceLabels labels={device.labels} />
              </span>
              <span role="cell" className="clip">
                {device.facts.distribution ?? device.facts.platform ?? '–'}
              </span>
              <span role="cell" className="clip">
                {device.facts.agentVersion ?? '–'}
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
