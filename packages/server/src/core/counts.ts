/** Counts of deliveries by state: they always add up to the number of targets. */
import { DELIVERY_STATES, deliveryTransitions, type DeliveryCounts, type DeliveryState } from '@rollcall/api';

export function countStates(states: Iterable<DeliveryState>): DeliveryCounts {
  const counts = Object.fromEntries(DELIVERY_STATES.map((state) => [state, 0])) as Record<DeliveryState, number>;
  for (const state of states) counts[state] += 1;
  return counts;
}

export function totalOf(counts: DeliveryCounts): number {
  return DELIVERY_STATES.reduce((sum, state) => sum + counts[state], 0);
}

/** How many deliveries have not ended. */
export function openCountOf(counts: DeliveryCounts): number {
  return DELIVERY_STATES.reduce((sum, state) => sum + (deliveryTransitions.isTerminal(state) ? 0 : counts[state]), 0);
}
