/** Takes devices' reports into the task status table: on disk before they are acknowledged. */
import { deliveryTransitions, type Report, type ReportAnswer } from '@rollcall/api';
import { applyReport } from '../core/apply-report.ts';
import type { Store, StoreTransactor } from '../core/ports.ts';
import type { DeliveryRecord } from '../core/records.ts';
import type { CompletionDesk } from '../unicast/completion-desk.ts';
import type { MulticastConductor } from './multicast-conductor.ts';
import { settle } from './settle.ts';

export interface TakeReportsPorts {
  readonly store: Store;
  readonly desk: CompletionDesk;
  readonly conductor: MulticastConductor;
  readonly now: () => number;
}

export async function takeReports(
  ports: TakeReportsPorts,
  deviceId: string,
  reports: readonly Report[],
): Promise<ReportAnswer> {
  const { store, desk, conductor, now } = ports;
  const at = now();
  const changed: DeliveryRecord[] = [];
  const endedTasks = new Set<string>();
  const results = await store.transact(async (transactor) => {
    const answers: ReportAnswer['results'] = [];
    for (const report of reports) {
      const before = await transactor.delivery(report.taskId, deviceId);
      const after = before === undefined ? undefined : applyReport(before, report, at);
      answers.push(before === undefined ? 'unknown' : after === undefined ? 'stale' : 'accepted');
      if (before === undefined || after === undefined) continue;
      await transactor.changeDelivery(before, after, at);
      await noteAttempt(transactor, after, report);
      if (hasContent(after) && desk.holdsSlot(after.taskId, deviceId)) await transactor.noteCompletion(deviceId, at);
      if (deliveryTransitions.isTerminal(after.state) && (await settle(transactor, after.taskId, at))) {
        endedTasks.add(after.taskId);
      }
      changed.push(after);
    }
    return answers;
  });
  for (const delivery of changed) {
    conductor.noteDelivery(delivery);
    if (hasContent(delivery) || deliveryTransitions.isTerminal(delivery.state)) desk.release(delivery.taskId, deviceId);
  }
  for (const taskId of endedTasks) conductor.abort(taskId, null);
  return { results };
}

function hasContent({ state }: DeliveryRecord): boolean {
  return state === 'received' || state === 'executing' || state === 'succeeded';
}

async function noteAttempt(transactor: StoreTransactor, after: DeliveryRecord, report: Report): Promise<void> {
  const isEnd = deliveryTransitions.isTerminal(after.state);
  if (!isEnd && report.output === undefined) return;
  await transactor.upsertAttempt({
    taskId: after.taskId,
    deviceId: after.deviceId,
    attempt: after.attempt,
    state: after.state,
    exitCode: report.exitCode ?? null,
    output: Buffer.from(report.output ?? '', 'base64'),
    error: after.error,
    finishedAt: after.finishedAt,
  });
}
