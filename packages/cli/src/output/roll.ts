/** The roll: the task status table as text. */
import type { DeliveryCounts, TaskDetails, TaskSummary } from '@rollcall/api';
import { formatBytes, formatRatio } from '@rollcall/client/format';
import { whyLeftToUnicast } from '@rollcall/client/task';
import { formatSeconds, formatTime } from './format.ts';
import { formatTable, printable } from './table.ts';

type Delivery = TaskDetails['deliveries'][number];

export function formatCounts(counts: DeliveryCounts): string {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  return parts.length === 0 ? 'no deliveries' : parts.join(', ');
}

export function stateOf(delivery: Pick<Delivery, 'state' | 'reason'>): string {
  return delivery.reason === null ? delivery.state : `${delivery.state} (${delivery.reason})`;
}

export function standingOf(task: Pick<TaskSummary, 'state' | 'phase' | 'outcome'>): string {
  if (task.outcome !== null) return `${task.state} (${task.outcome})`;
  return task.state === 'active' ? `${task.state}, ${task.phase}` : task.state;
}

/** Whom a session left to unicast, and why. */
function handedOverLines({ handedOver }: TaskDetails['sessions'][number], deliveries: readonly Delivery[]): string[] {
  const names = new Map(deliveries.map(({ device }) => [device.id, device.name]));
  return handedOver.map(
    (left) => `  left to unicast: ${names.get(left.deviceId) ?? left.deviceId}, ${whyLeftToUnicast(left)}`,
  );
}

export function formatRoll(task: TaskDetails): string {
  const head = [
    `${task.name}  [${task.kind}]  ${task.id}`,
    `${standingOf(task)}: ${formatCounts(task.counts)}`,
    `created ${formatTime(task.createdAt)} by ${task.createdBy} for ${task.target.length > 60 ? `${task.target.slice(0, 57)}…` : task.target}; content ${formatBytes(task.content.size)}${task.content.encoding === 'identity' ? ', not encrypted' : ''}`,
  ];
  for (const session of task.sessions) {
    const span =
      session.startedAt === null
        ? ''
        : ` in ${formatSeconds(((session.endedAt ?? Date.now()) - session.startedAt) / 1000)}`;
    const problem = session.error === null ? '' : `: ${printable(session.error)}`;
    head.push(
      `${session.mode} session ${session.state}: ${formatBytes(session.bytesSent)} sent${span}, ${formatBytes(session.repairBytes)} of it repair${problem}`,
      ...handedOverLines(session, task.deliveries),
    );
  }
  head.push(`unicast: ${formatBytes(task.bytesUnicast)} sent`);
  const rows = task.deliveries.map((delivery) => [
    delivery.device.name,
    stateOf(delivery),
    delivery.path ?? '-',
    String(delivery.attempt),
    formatBytes(delivery.bytesMulticast),
    formatBytes(delivery.bytesUnicast),
    delivery.lossRatio === null ? '-' : formatRatio(delivery.lossRatio),
    delivery.startedAt === null || delivery.finishedAt === null
      ? '-'
      : formatSeconds((delivery.finishedAt - delivery.startedAt) / 1000),
    delivery.error === null ? '' : `${delivery.error.code}: ${delivery.error.message}`,
  ]);
  const columns = ['device', 'state', 'path', 'attempt', 'multicast', 'unicast', 'loss', 'took', 'error'];
  return `${head.map(printable).join('\n')}\n\n${formatTable(columns, rows)}`;
}
