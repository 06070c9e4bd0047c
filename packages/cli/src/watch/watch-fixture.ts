/** Tasks to be watched in tests. */
import { DELIVERY_STATES, type Delivery, type DeliveryCounts, type TaskDetails } from '@rollcall/api';

export function deliveryOf(name: string, change: Partial<Delivery> = {}): Delivery {
  return {
    device: { id: `id-${name}`, name },
    state: 'queued',
    reason: null,
    path: null,
    attempt: 1,
    sequence: 0,
    bytesMulticast: 0,
    bytesUnicast: 0,
    lossRatio: null,
    version: null,
    startedAt: null,
    finishedAt: null,
    error: null,
    ...change,
  };
}

export function taskOf(deliveries: readonly Delivery[], change: Partial<TaskDetails> = {}): TaskDetails {
  const counts = Object.fromEntries(DELIVERY_STATES.map((state) => [state, 0])) as DeliveryCounts;
  for (const { state } of deliveries) counts[state] += 1;
  return {
    id: 't1',
    kind: 'copy',
    name: 'copy menu.pdf',
    state: 'active',
    phase: 'multicasting',
    outcome: null,
    createdAt: 1_000_000,
    createdBy: 'ada',
    finishedAt: null,
    counts,
    content: { size: 64 * 1024 * 1024 },
    target: 'all',
    sessions: [],
    deliveries: [...deliveries],
    bytesUnicast: 0,
    ...change,
  } as TaskDetails;
}
