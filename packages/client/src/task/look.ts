/** What a device is in the roll of a task, at a glance: its state, told apart by why it waits and by how it was served. */
import type { Delivery, DeliveryPath } from '@rollcall/api';

/** In the order of a legend: what is to come, what runs, what went well, what did not. */
export const LOOK_NAMES = [
  'waiting',
  'offline',
  'receiving',
  'received',
  'executing',
  'multicast',
  'mixed',
  'unicast',
  'peer',
  'present',
  'failed',
  'rejected',
  'timed_out',
  'expired',
  'cancelled',
  'removed',
] as const;
export type LookName = (typeof LOOK_NAMES)[number];

export function lookOf({ state, reason, path }: Pick<Delivery, 'state' | 'reason' | 'path'>): LookName {
  if (state === 'queued') return reason === 'offline' ? 'offline' : 'waiting';
  if (state === 'succeeded') return BY_PATH[path ?? 'multicast'];
  return state;
}

const BY_PATH = {
  multicast: 'multicast',
  'multicast+unicast': 'mixed',
  unicast: 'unicast',
  peer: 'peer',
  already_present: 'present',
} as const satisfies Record<DeliveryPath, LookName>;
