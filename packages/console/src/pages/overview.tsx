/** What one looks at first: what runs, what needs a person, what multicast saves, what happened. */
import type { Overview } from '@rollcall/api';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { formatBytes, formatRate } from '@rollcall/client/format';
import { useSignal } from '../live/signal.ts';
import { sendingRate } from '../live/sending-rate.ts';
import { overview, useMay } from '../live/queries.ts';
import { formatCount } from '../model/format.ts';
import { AttentionList } from '../ui/attention-list.tsx';
import { EventList } from '../ui/event-list.tsx';
import { Icon } from '../ui/icons.tsx';
import { Empty, Failure, Page, Panel } from '../ui/parts.tsx';
import { Link } from '../ui/router.tsx';
import { TaskTable } from '../ui/task-table.tsx';

export function OverviewPage(): ReactNode {
  const { data, error } = useQuery(overview);
  const mayCreate = useMay('operator');
  return (
    <Page title="Overview" actions={mayCreate && <NewTaskLink />}>
      {error !== null && <Failure error={error} />}
      {data !== undefined && <Contents data={data} mayCreate={mayCreate} />}
    </Page>
  );
}

function Contents({ data, mayCreate }: { readonly data: Overview; readonly mayCreate: boolean }): ReactNode {
  const { devices, running, ended, failed, waiting, waitingCount, doubtful, traffic, events } = data;
  return (
    <div className="stack">
      <Figures {...{ devices, traffic }} running={running.length} />
      <Panel title="Running now">
        {running.length > 0 ? (
          <TaskTable tasks={running} label="Running now" />
        ) : (
          <Empty icon="tasks" title={devices.total === 0 ? 'No device has joined yet' : 'Nothing runs'}>
            {devices.total === 0 ? (
              <Link to={{ page: 'settings', section: 'join' }}>Make a join command</Link>
            ) : (
              mayCreate && <Link to={{ page: 'new-task' }}>Create a task</Link>
            )}
          </Empty>
        )}
      </Panel>
      <div className="columns">
        <Panel title="Needs a person" aside={<span className="muted small">of the last 7 days</span>}>
          <AttentionList {...{ failed, waiting, waitingCount, doubtful }} />
        </Panel>
        <Panel title="Last events">
          <EventList events={events} />
        </Panel>
      </div>
      {ended.length > 0 && (
        <Panel title="Ended" aside={<Link to={{ page: 'tasks' }}>All tasks</Link>}>
          <TaskTable tasks={ended} label="Ended" />
        </Panel>
      )}
    </div>
  );
}

interface FiguresProps extends Pick<Overview, 'devices' | 'traffic'> {
  readonly running: number;
}

function Figures({ devices, traffic, running }: FiguresProps): ReactNode {
  // The stream tells it every second; the server's answer is from when the page was read.
  const rate = useSignal(sendingRate) ?? traffic.multicastBitsPerSecond;
  const saved = traffic.multicastReceived - traffic.multicastSent;
  const factor = traffic.multicastSent === 0 ? 0 : traffic.multicastReceived / traffic.multicastSent;
  return (
    <dl className="figures">
      <Figure label="Devices online" value={formatCount(devices.online)} hint={`of ${formatCount(devices.total)}`} />
      <Figure label="Tasks running" value={formatCount(running)} hint="not ended yet" />
      <Figure label="Multicast now" value={rate === 0 ? 'idle' : formatRate(rate)} hint="all sessions together" />
      <Figure
        label="Saved against unicast"
        value={saved > 0 ? formatBytes(saved) : '–'}
        hint={
          saved > 0
            ? `7 days: sent ${formatBytes(traffic.multicastSent)}, received ${formatBytes(traffic.multicastReceived)}, ${factor.toFixed(1)}×`
            : `${formatBytes(traffic.multicastSent)} by multicast, ${formatBytes(traffic.unicastSent)} by unicast in 7 days`
        }
      />
    </dl>
  );
}

function Figure({
  label,
  value,
  hint,
}: {
  readonly label: string;
  readonly value: string;
  readonly hint: string;
}): ReactNode {
  return (
    <div className="panel figure">
      <dt>{label}</dt>
      <dd className="figure-value">{value}</dd>
      <dd className="muted small">{hint}</dd>
    </div>
  );
}

export function NewTaskLink(): ReactNode {
  return (
    <Link to={{ page: 'new-task' }} className="button button-primary">
      <Icon name="plus" /> New task
    </Link>
  );
}
