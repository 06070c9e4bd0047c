/** What the watching screen shows of a task: a picture from the server, carried forward by events. Pure. */
import {
  DELIVERY_STATES,
  type Delivery,
  type DeliveryCounts,
  type ProgressEvent,
  type TaskDetails,
} from '@rollcall/api';
import type { StreamedEvent } from '@rollcall/client';

export interface WatchedDelivery extends Delivery {
  /** While it receives: bytes held, of how many. */
  readonly held: { readonly bytes: number; readonly size: number } | undefined;
}

export interface WatchState {
  readonly task: TaskDetails;
  readonly counts: DeliveryCounts;
  /** In the order of the devices' names, which is the order of the cells: none moves while it is watched. */
  readonly deliveries: readonly WatchedDelivery[];
  readonly session: ProgressEvent['session'];
}

/** A fresh picture; what is known of receptions stays until it is told anew. */
export function takePicture(task: TaskDetails, before: WatchState | undefined): WatchState {
  const held = new Map(before?.deliveries.map((delivery) => [delivery.device.id, delivery.held]));
  const deliveries = task.deliveries
    .map((delivery): WatchedDelivery => ({ ...delivery, held: held.get(delivery.device.id) }))
    .sort((one, other) => COLLATOR.compare(one.device.name, other.device.name));
  return { task, counts: task.counts, deliveries, session: before?.session ?? null };
}

export function applyEvent(state: WatchState, event: StreamedEvent): WatchState {
  switch (event.type) {
    case 'task': {
      const { phase, outcome, counts } = event;
      const session = phase === 'multicasting' ? state.session : null;
      return { ...state, task: { ...state.task, state: event.state, phase, outcome }, counts, session };
    }
    case 'delivery': {
      const deliveries = state.deliveries.map((delivery) =>
        delivery.device.id === event.delivery.device.id ? { ...event.delivery, held: delivery.held } : delivery,
      );
      return { ...state, deliveries, counts: countsOf(deliveries) };
    }
    case 'session': {
      const others = state.task.sessions.filter(({ id }) => id !== event.session.id);
      return { ...state, task: { ...state.task, sessions: [...others, event.session] } };
    }
    case 'progress': {
      const held = new Map(event.devices.map(({ id, bytesHeld: bytes, size }) => [id, { bytes, size }]));
      const deliveries = state.deliveries.map((delivery) => {
        const now = held.get(delivery.device.id);
        return now === undefined ? delivery : { ...delivery, held: now };
      });
      return { ...state, session: event.session, deliveries };
    }
    default:
      return state;
  }
}

function countsOf(deliveries: readonly Delivery[]): DeliveryCounts {
  const counts = Object.fromEntries(DELIVERY_STATES.map((state) => [state, 0])) as Record<Delivery['state'], number>;
  for (const { state } of deliveries) counts[state] += 1;
  return counts;
}

/** As people count: till-2 before till-10. */
const COLLATOR = new Intl.Collator('en', { numeric: true });
