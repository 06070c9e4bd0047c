/** Every device of the task, only what is in sight in the page: why it is not done yet, and what comes next. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { formatBytes, formatRatio } from '@rollcall/client/format';
import { explainDelivery, type LookName, type TaskPicture } from '@rollcall/client/task';
import { LOOKS } from '../../model/appearance.ts';
import { LookMark } from '../../ui/look-mark.tsx';
import { Empty } from '../../ui/parts.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';

interface DeliveryTableProps {
  readonly picture: TaskPicture;
  readonly version: number;
  readonly look: LookName | undefined;
  readonly onChoose: (deviceId: string) => void;
}

const HEAD_HEIGHT = 44;
/** In one line, and in three of them on a phone. */
const ROW_HEIGHT = { wide: 44, narrow: 72 } as const;

export function DeliveryTable({ picture, version, look, onChoose }: DeliveryTableProps): ReactNode {
  const [search, setSearch] = useState('');
  const scroller = useRef<HTMLDivElement>(null);
  const wanted = search.trim().toLowerCase();
  const indexes = useMemo(
    () =>
      [...picture.deliveries.keys()].filter(
        (index) =>
          (look === undefined || picture.looks[index] === look) &&
          (wanted === '' || picture.deliveries[index]!.device.name.toLowerCase().includes(wanted)),
      ),
    // The version stands for what changed inside of the picture.
    [picture, version, look, wanted],
  );
  const rowHeight = useIsNarrow() ? ROW_HEIGHT.narrow : ROW_HEIGHT.wide;
  const rows = useVirtualizer({
    count: indexes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });
  // What it has measured is of the other height.
  useEffect(() => rows.measure(), [rows, rowHeight]);
  return (
    <>
      <div className="filters panel-body">
        <input
          type="search"
          aria-label="Search devices of this task"
          placeholder="Name of a device"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <span className="muted" role="status">
          {indexes.length === picture.deliveries.length ? '' : `${indexes.length} of ${picture.deliveries.length}`}
        </span>
      </div>
      {indexes.length === 0 ? (
        <Empty icon="search" title="No device matches" />
      ) : (
        <div className="virtual" ref={scroller} tabIndex={0} role="region" aria-label="Devices of this task">
          <div
            role="table"
            aria-label="Devices"
            aria-rowcount={indexes.length + 1}
            className="virtual-table delivery-table"
            style={{ height: rows.getTotalSize() + HEAD_HEIGHT }}
          >
            <div role="row" aria-rowindex={1} className="virtual-row virtual-head">
              <span role="columnheader">Device</span>
              <span role="columnheader">State</span>
              <span role="columnheader">Why, and what comes next</span>
              <span role="columnheader" className="number">
                Multicast
              </span>
              <span role="columnheader" className="number">
                Unicast
              </span>
              <span role="columnheader" className="number">
                Loss
              </span>
            </div>
            {rows.getVirtualItems().map((row) => (
              <DeliveryRow
                key={row.key}
                picture={picture}
                index={indexes[row.index]!}
                rowIndex={row.index + 2}
                top={row.start + HEAD_HEIGHT}
                height={rowHeight}
                onChoose={onChoose}
              />
            ))}
          </div>
        </div>
      )}
    </>
  );
}

interface DeliveryRowProps {
  readonly picture: TaskPicture;
  readonly index: number;
  readonly rowIndex: number;
  readonly top: number;
  readonly height: number;
  readonly onChoose: (deviceId: string) => void;
}

function DeliveryRow({ picture, index, rowIndex, top, height, onChoose }: DeliveryRowProps): ReactNode {
  const delivery = picture.deliveries[index]!;
  const look = picture.looks[index]!;
  const { why, next } = explainDelivery(delivery, picture.head, picture.heldBy(delivery.device.id));
  const share = look === 'receiving' ? ` ${Math.floor(picture.shareOf(index) * 100)}%` : '';
  return (
    <div role="row" aria-rowindex={rowIndex} className="virtual-row" style={{ top, height }}>
      <span role="cell" className="clip">
        <button type="button" className="link-button" onClick={() => onChoose(delivery.device.id)}>
          {delivery.device.name}
        </button>
      </span>
      <span role="cell" className="clip">
        <LookMark look={look} /> {LOOKS[look].label}
        {share}
      </span>
      <span role="cell" className="why" title={`${why} ${next}`}>
        <span className="clip">{why}</span>
        <span className="clip muted small">{delivery.state === 'succeeded' ? '' : next}</span>
      </span>
      <span role="cell" className="number">
        {formatBytes(delivery.bytesMulticast)}
      </span>
      <span role="cell" className="number">
        {formatBytes(delivery.bytesUnicast)}
      </span>
      <span role="cell" className="number">
        {formatRatio(delivery.lossRatio)}
      </span>
    </div>
  );
}
