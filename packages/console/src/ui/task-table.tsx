/** Tasks as a table: the same on the overview and on their own page. */
import type { TaskSummary } from '@rollcall/api';
import type { ReactNode } from 'react';
import { OutcomeBar } from './outcome-bar.tsx';
import { Ago, TaskState } from './parts.tsx';
import { ScrollTable } from './scroll-table.tsx';
import { Link } from './router.tsx';

export function TaskTable({
  tasks,
  label,
}: {
  readonly tasks: readonly TaskSummary[];
  readonly label: string;
}): ReactNode {
  return (
    <ScrollTable label={label} columns={['Task', 'Kind', 'State', 'Devices', 'Created']} className="stacked task-table">
      {tasks.map((task) => (
        <tr key={task.id}>
          <td className="grow">
            <Link to={{ page: 'task', id: task.id }}>{task.name}</Link>
          </td>
          <td>{task.kind}</td>
          <td>
            <TaskState task={task} />
          </td>
          <td>
            <OutcomeBar counts={task.counts} />
          </td>
          <td className="nowrap">
            <Ago time={task.createdAt} /> <span className="muted">by {task.createdBy}</span>
          </td>
        </tr>
      ))}
    </ScrollTable>
  );
}
