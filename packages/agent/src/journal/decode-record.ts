import { isOf, Manifest, Report } from '@rollcall/api';
import type { TaskRecord, TaskStage } from '../core/task-record.ts';

const STAGES: readonly TaskStage[] = ['planned', 'receiving', 'received', 'executing', 'ended'];

/** A record as the journal's file of that name holds it; undefined: the file is damaged, or another task's. */
export function decodeRecord(fileName: string, text: string): TaskRecord | undefined {
  try {
    const record = JSON.parse(text) as TaskRecord;
    const { manifest, stage, sequence, reports } = record;
    const isRecord =
      isOf(Manifest, manifest) &&
      recordFileName(manifest) === fileName &&
      STAGES.includes(stage) &&
      Number.isSafeInteger(sequence) &&
      sequence >= 0 &&
      Array.isArray(reports) &&
      reports.every((report) => isOf(Report, report) && report.sequence <= sequence);
    return isRecord ? record : undefined;
  } catch {
    return undefined;
  }
}

export function recordFileName({ taskId, attempt }: { readonly taskId: string; readonly attempt: number }): string {
  return `${taskId}.${attempt}.json`;
}
