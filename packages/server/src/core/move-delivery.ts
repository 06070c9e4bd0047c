/**
 * The server's own moves of a delivery: each gives the row as it is afterwards, or undefined when the table of
 * transitions does not allow the move from where the row stands.
 */
import { deliveryTransitions, type DeliveryError, type DeliveryState, type QueuedReason } from '@rollcall/api';
import type { DeliveryRecord } from './records.ts';

/** The device gave no sign of life: what it holds stays held, the row goes back to the queue. */
export function silenceDelivery(delivery: DeliveryRecord, now: number): DeliveryRecord | undefined {
  if (delivery.state === 'queued') return explainQueued(delivery, 'offline', now);
  if (!deliveryTransitions.allows(delivery.state, 'queued', 'silence')) return undefined;
  return { ...delivery, state: 'queued', reason: 'offline', updatedAt: now };
}

/** Says why the delivery is still queued. */
export function explainQueued(delivery: DeliveryRecord, reason: QueuedReason, now: number): DeliveryRecord | undefined {
  if (delivery.state !== 'queued' || delivery.reason === reason) return undefined;
  return { ...delivery, reason, updatedAt: now };
}

/** The task's time is over: who is unreached has not failed; an action that still runs has run too long. */
export function expireDelivery(delivery: DeliveryRecord, now: number): DeliveryRecord | undefined {
  if (delivery.state === 'executing') {
    return end(delivery, 'timed_out', now, { code: 'timed_out', message: 'the task expired while the action ran' });
  }
  return deliveryTransitions.allows(delivery.state, 'expired', 'expiry') ? end(delivery, 'expired', now) : undefined;
}

/** Ends at once what is not being applied; an action that is, only when it is forced to. */
export function cancelDelivery(delivery: DeliveryRecord, now: number, isForced: boolean): DeliveryRecord | undefined {
  if (delivery.state === 'executing' && !isForced) return undefined;
  return deliveryTransitions.allows(delivery.state, 'cancelled', 'cancel')
    ? end(delivery, 'cancelled', now)
    : undefined;
}

export function removeDelivery(delivery: DeliveryRecord, now: number): DeliveryRecord | undefined {
  return deliveryTransitions.allows(delivery.state, 'removed', 'removal') ? end(delivery, 'removed', now) : undefined;
}

/** Another attempt. What the device holds is used again. */
export function retryDelivery(delivery: DeliveryRecord, now: number, isOnline: boolean): DeliveryRecord | undefined {
  if (!deliveryTransitions.allows(delivery.state, 'queued', 'retry')) return undefined;
  return {
    ...delivery,
    state: 'queued',
    reason: isOnline ? 'not_notified' : 'offline',
    path: null,
    attempt: delivery.attempt + 1,
    sequence: 0,
    bytesMulticast: 0,
    bytesUnicast: 0,
    lossRatio: null,
    startedAt: null,
    finishedAt: null,
    updatedAt: now,
    error: null,
  };
}

function end(
  delivery: DeliveryRecord,
  state: DeliveryState,
  now: number,
  error: DeliveryError | null = delivery.error,
): DeliveryRecord {
  return { ...delivery, state, reason: null, finishedAt: now, updatedAt: now, error };
}
