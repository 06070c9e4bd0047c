/**
 * What a transaction changed in rows that are counted. Told after the commit, so that whoever keeps counts never has to
 * search the tables for them: the status table may have a million rows.
 */
import type { DeliveryPath, DeliveryState } from '@rollcall/api';
import type { DeliveryRecord, SessionRecord, TaskRecord } from './records.ts';

export interface DeliveryCount {
  readonly state: DeliveryState;
  readonly path: DeliveryPath | null;
  readonly count: number;
}

export type CountedChange =
  /** Rows that came with a task, or went with it. */
  | { readonly kind: 'deliveries'; readonly made: boolean; readonly counts: readonly DeliveryCount[] }
  | { readonly kind: 'delivery'; readonly before: DeliveryRecord; readonly after: DeliveryRecord }
  | { readonly kind: 'task'; readonly before: TaskRecord | undefined; readonly after: TaskRecord | undefined }
  | { readonly kind: 'session'; readonly before: SessionRecord | undefined; readonly after: SessionRecord };

export function countDeliveries(deliveries: readonly DeliveryRecord[]): DeliveryCount[] {
  const counts = new Map<string, { state: DeliveryState; path: DeliveryPath | null; count: number }>();
  for (const { state, path } of deliveries) {
    const known = counts.get(`${state} ${path}`);
    if (known === undefined) counts.set(`${state} ${path}`, { state, path, count: 1 });
    else known.count += 1;
  }
  return [...counts.values()];
}
