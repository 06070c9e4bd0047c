/**
 * How a delivery looks: a colour and a mark. The mark says the same without the colour, for those who do not see it and
 * for a printed page. One table for the roll, its legend, the table and the summary.
 */
import type { LookName } from '@rollcall/client/task';

export type Mark = 'hollow' | 'dot' | 'level' | 'full' | 'stripes' | 'split' | 'bar' | 'ring' | 'cross' | 'slash';

interface Look {
  readonly label: string;
  /** The colour's name in the style sheet: `--look-…`. */
  readonly colour: 'idle' | 'work' | 'act' | 'good' | 'mixed' | 'unicast' | 'bad' | 'late' | 'gone';
  readonly mark: Mark;
}

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
} as const satisfies Record<LookName, Look>;
