/**
 * How a delivery looks: a colour and a mark. The mark says the same without the colour, for those who do not see it and
 * for a printed page. One table for the roll, its legend, the table and the summary.
 */
import type { Delivery, DeliveryPath, DeliveryState } from '@rollcall/api';

export type Mark = 'hollow' | 'dot' | 'level' | 'full' | 'stripes' | 'split' | 'bar' | 'ring' | 'cross' | 'slash';

interface Look {
  readonly label: string;
  /** The colour's name in the style sheet: `--look-…`. */
  readonly colour: 'idle' | 'work' | 'act' | 'good' | 'mixed' | 'unicast' | 'bad' | 'late' | 'gone';
  readonly mark: Mark;
}

/** In the order of the legend: what is to come, what runs, what went well, what did not. */
export const LOOKS = {
  waiting: { label: 'waiting', colour: 'idle', mark: 'hollow' },
  offline: { label: 'offline', colour: 'idle', mark: 'dot' },
  receiving: { label: 'receiving', colour: 'work', mark: 'level' },
  received: { label: 'received', colour: 'work', mark: 'full' },
  executing: { label: 'executing', colour: 'act', mark: 'stripes' },
  multicast: { label: 'done by multicast', colour: 'good', mark: 'full' },
  mixed: { label: 'done by multicast + unicast', colour: 'mixed', mark: 'split' },
  unicast: { label: 'done by unicast', colour: 'unicast', mark: 'bar' },
  peer: { label: 'done by a peer', colour: 'unicast', mark: 'ring' },
  present: { label: 'had it already', colour: 'good', mark: 'ring' },
  failed: { label: 'failed', colour: 'bad', mark: 'cross' },
  rejected: { label: 'rejected', colour: 'bad', mark: 'slash' },
  timed_out: { label: 'timed out', colour: 'late', mark: 'cross' },
  expired: { label: 'expired', colour: 'late', mark: 'slash' },
  cancelled: { label: 'cancelled', colour: 'gone', mark: 'slash' },
  removed: { label: 'removed', colour: 'gone', mark: 'cross' },
} as const satisfies Record<string, Look>;

export type LookName = keyof typeof LOOKS;
export const LOOK_NAMES = Object.keys(LOOKS) as LookName[];

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

/** What somebody has to look at: it ended, and not well. */
export const BAD_STATES: readonly DeliveryState[] = ['failed', 'rejected', 'timed_out'];
const ENDED_STATES: readonly DeliveryState[] = ['succeeded', ...BAD_STATES, 'expired', 'cancelled', 'removed'];

export function isEnded(state: DeliveryState): boolean {
  return ENDED_STATES.includes(state);
}
