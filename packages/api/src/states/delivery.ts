/**
 * One delivery = one task × one device = one row of the task status table.
 *
 * Two parties move it: the device by its reports, which may skip states (a device that worked while it was offline
 * reports only the end), and the server, which puts a silent device back into the queue, ends what has expired and
 * starts a new attempt. Whether a report is newer than the row is judged by attempt and sequence, not by this table.
 */
import { defineTransitions } from './define-transitions.ts';

const reportable = ['receiving', 'received', 'executing', 'succeeded', 'failed', 'rejected', 'timed_out'] as const;

export const deliveryTransitions = defineTransitions({
  initial: 'queued',
  terminal: ['succeeded', 'failed', 'rejected', 'timed_out', 'expired', 'cancelled', 'removed'],
  moves: {
    queued: {
      report: [...reportable, 'cancelled'],
      expiry: ['expired'],
      cancel: ['cancelled'],
      removal: ['removed'],
    },
    receiving: {
      report: ['received', 'executing', 'succeeded', 'failed', 'rejected', 'timed_out', 'cancelled'],
      silence: ['queued'],
      expiry: ['expired'],
      cancel: ['cancelled'],
      removal: ['removed'],
    },
    received: {
      report: ['receiving', 'executing', 'succeeded', 'failed', 'rejected', 'timed_out', 'cancelled'],
      silence: ['queued'],
      expiry: ['expired'],
      cancel: ['cancelled'],
      removal: ['removed'],
    },
    executing: {
      report: ['receiving', 'received', 'succeeded', 'failed', 'rejected', 'timed_out', 'cancelled'],
      expiry: ['timed_out'],
      cancel: ['cancelled'],
      removal: ['removed'],
    },
    succeeded: {},
    failed: { retry: ['queued'] },
    rejected: { retry: ['queued'] },
    timed_out: { report: ['succeeded', 'failed'], retry: ['queued'] },
    expired: {},
    cancelled: { report: ['succeeded', 'failed'], retry: ['queued'] },
    removed: {},
  },
});

export type DeliveryState = (typeof deliveryTransitions.states)[number];

export const DELIVERY_STATES = [
  'queued',
  'receiving',
  'received',
  'executing',
  'succeeded',
  'failed',
  'rejected',
  'timed_out',
  'expired',
  'cancelled',
  'removed',
] as const satisfies readonly DeliveryState[];

/** Why a delivery is still queued. */
export const QUEUED_REASONS = ['not_notified', 'offline', 'waiting_window', 'waiting_phase', 'waiting_slot'] as const;
export type QueuedReason = (typeof QUEUED_REASONS)[number];

/** How the content of a succeeded delivery arrived. */
export const DELIVERY_PATHS = ['multicast', 'multicast+unicast', 'unicast', 'peer', 'already_present'] as const;
export type DeliveryPath = (typeof DELIVERY_PATHS)[number];
