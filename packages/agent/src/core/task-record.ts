import type { Manifest, Report } from '@rollcall/api';

/** Where a task stands on this device. `planned`: known, and not yet (or no longer) being received. */
export type TaskStage = 'planned' | 'receiving' | 'received' | 'executing' | 'ended';

/**
 * What must survive a restart of one attempt at one task. The stage and the reports of it are one record, so that they
 * become durable together: a report is never sent before the state that it tells of is on disk.
 */
export interface TaskRecord {
  readonly manifest: Manifest;
  readonly stage: TaskStage;
  /** Its action was begun: after a restart it goes before all others, for it may have left something half done. */
  readonly isBegun?: boolean;
  /** Of the last report made; never given twice. */
  readonly sequence: number;
  /** Not acknowledged yet, ascending. */
  readonly reports: readonly Report[];
}
