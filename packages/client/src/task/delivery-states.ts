/** What the states of a delivery come to. A table for the compiler to hold: the API's own would bring all of its schemas. */
import type { DeliveryCounts, DeliveryState } from '@rollcall/api';

const STATES = {
  queued: 'open',
  receiving: 'open',
  received: 'open',
  executing: 'open',
  succeeded: 'good',
  failed: 'bad',
  rejected: 'bad',
  timed_out: 'bad',
  expired: 'given up',
  cancelled: 'given up',
  removed: 'given up',
} as const satisfies Record<DeliveryState, 'open' | 'good' | 'bad' | 'given up'>;

export function isEnded(state: DeliveryState): boolean {
  return STATES[state] !== 'open';
}

/** What somebody has to look at: the device ended it, and not well. */
export function isUnsuccessful(state: DeliveryState): boolean {
  return STATES[state] === 'bad';
}

/** How many have not ended. */
export function countOpen(counts: DeliveryCounts): number {
  const states = Object.keys(STATES) as DeliveryState[];
  return states.reduce((sum, state) => sum + (isEnded(state) ? 0 : counts[state]), 0);
}

export function countNone(): DeliveryCounts {
  return Object.fromEntries(Object.keys(STATES).map((state) => [state, 0])) as DeliveryCounts;
}
