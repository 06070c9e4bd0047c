/** A task from its creation to its end. `completed` has an outcome: whether all, some or none of its deliveries succeeded. */
import { defineTransitions } from './define-transitions.ts';

export const taskTransitions = defineTransitions({
  initial: 'draft',
  terminal: ['completed', 'cancelled'],
  moves: {
    draft: { activation: ['active'], schedule: ['scheduled'], cancel: ['cancelled'] },
    scheduled: { activation: ['active'], cancel: ['cancelled'] },
    active: { pause: ['paused'], lastDelivery: ['completed'], expiry: ['completed'], cancel: ['cancelled'] },
    paused: { resume: ['active'], lastDelivery: ['completed'], expiry: ['completed'], cancel: ['cancelled'] },
    completed: { retry: ['active'] },
    cancelled: { retry: ['active'] },
  },
});

export type TaskState = (typeof taskTransitions.states)[number];

export const TASK_STATES = [
  'draft',
  'scheduled',
  'active',
  'paused',
  'completed',
  'cancelled',
] as const satisfies readonly TaskState[];

/** Where an active task stands: devices are told, the multicast runs, what is left is finished by unicast, nothing is left. */
export const TASK_PHASES = ['announcing', 'multicasting', 'finishing', 'ended'] as const;
export type TaskPhase = (typeof TASK_PHASES)[number];

export const TASK_OUTCOMES = ['all', 'partial', 'none'] as const;
export type TaskOutcome = (typeof TASK_OUTCOMES)[number];
