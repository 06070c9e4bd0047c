import type { TaskState } from '@rollcall/api';

/** The states by which tasks are looked for; the API's own list would bring all of its schemas with it. */
export const TASK_STATE_NAMES = [
  'active',
  'paused',
  'scheduled',
  'completed',
  'cancelled',
] as const satisfies readonly TaskState[];
export type TaskStateName = (typeof TASK_STATE_NAMES)[number];
