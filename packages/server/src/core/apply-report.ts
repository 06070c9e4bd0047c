/**
 * What a device's report does to its row of the task status table.
 *
 * Newer is judged by attempt and sequence, never by state: a report that came late, twice or from an earlier attempt
 * changes nothing. A move that the table of transitions does not know changes nothing either.
 */
import { deliveryTransitions, type DeliveryPath, type Report } from '@rollcall/api';
import type { DeliveryRecord } from './records.ts';

/** The row after the report, or undefined when the report is stale. */
export function applyReport(delivery: DeliveryRecord, report: Report, now: number): DeliveryRecord | undefined {
  if (report.attempt !== delivery.attempt || report.sequence <= delivery.sequence) return undefined;
  const isEnded = deliveryTransitions.isTerminal(delivery.state);
  const isRepetition = report.state === delivery.state && !isEnded;
  if (!isRepetition && !deliveryTransitions.allows(delivery.state, report.state, 'report')) return undefined;
  const isEnd = deliveryTransitions.isTerminal(report.state);
  return {
    ...delivery,
    state: report.state,
    reason: null,
    sequence: report.sequence,
    path: report.state === 'succeeded' ? pathOf(report) : null,
    version: report.version ?? delivery.version,
    bytesMulticast: report.bytesMulticast,
    bytesUnicast: report.bytesUnicast,
    lossRatio: report.lossRatio ?? delivery.lossRatio,
    startedAt: delivery.startedAt ?? now,
    finishedAt: isEnd ? now : null,
    updatedAt: now,
    error: report.error ?? null,
  };
}

/** How the content came. An empty object came with the manifest, over the device's own connection. */
function pathOf(report: Report): DeliveryPath {
  if (report.isAlreadyPresent === true) return 'already_present';
  if (report.bytesMulticast === 0) return 'unicast';
  return report.bytesUnicast === 0 ? 'multicast' : 'multicast+unicast';
}
