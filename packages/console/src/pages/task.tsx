/** One task: its roll, live; how it is sent; every device with why it is not done and what comes next. */
import { useState, type ReactNode } from 'react';
import type { LookName } from '@rollcall/client/task';
import { useMay } from '../live/queries.ts';
import { useTask, type LiveTask } from '../live/use-task.ts';
import { ProgressCharts } from '../charts/progress-charts.tsx';
import { Legend } from '../roll/legend.tsx';
import { Roll } from '../roll/roll.tsx';
import { Ago, Failure, Page, Panel, TaskState } from '../ui/parts.tsx';
import { DeliveryDialog } from './task/delivery-dialog.tsx';
import { DeliveryTable } from './task/delivery-table.tsx';
import { ExportButtons } from './task/export-buttons.tsx';
import { PhaseLine } from './task/phase-line.tsx';
import { TaskActions } from './task/task-actions.tsx';
import { TaskFacts } from './task/task-facts.tsx';

export function TaskPage({ id }: { readonly id: string }): ReactNode {
  const { task, error } = useTask(id);
  if (task === undefined) {
    return error === undefined ? <div className="loading" /> : <Page title="Task">{<Failure error={error} />}</Page>;
  }
  return <Contents task={task} />;
}

function Contents({ task: { picture, samples, version } }: { readonly task: LiveTask }): ReactNode {
  const [chosen, setChosen] = useState<string>();
  const [look, setLook] = useState<LookName>();
  const mayAct = useMay('operator');
  const { head } = picture;
  return (
    <Page
      title={head.name}
      lead={
        <p className="row muted">
          <TaskState task={head} />
          <span>
            {head.kind} for <code>{head.target.length > 60 ? `${head.target.slice(0, 60)}…` : head.target}</code>,
            created <Ago time={head.createdAt} /> by {head.createdBy}
          </span>
        </p>
      }
      actions={mayAct && <TaskActions task={head} />}
    >
      <div className="stack">
        <PhaseLine picture={picture} />
        <Panel title="The roll" aside={<Legend counts={picture.lookCounts} chosen={look} onChoose={setLook} />}>
          <div className="panel-body">
            <Roll picture={picture} version={version} onChoose={setChosen} />
          </div>
        </Panel>
        <div className="columns">
          {samples.length > 2 && (
            <Panel title="Multicast over time">
              <div className="panel-body">
                <ProgressCharts samples={samples} />
              </div>
            </Panel>
          )}
          <Panel title="What was sent">
            <TaskFacts task={head} picture={picture} />
          </Panel>
        </div>
        <Panel title="Devices" aside={<ExportButtons picture={picture} />}>
          <DeliveryTable picture={picture} version={version} look={look} onChoose={setChosen} />
        </Panel>
      </div>
      {chosen !== undefined && (
        <DeliveryDialog picture={picture} deviceId={chosen} mayAct={mayAct} onClose={() => setChosen(undefined)} />
      )}
    </Page>
  );
}
