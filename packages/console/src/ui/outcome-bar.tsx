/** How the deliveries of a task stand, as one bar; the same in words for those who do not see it. */
import type { DeliveryCounts } from '@rollcall/api';
import type { ReactNode } from 'react';
import { plural } from '../model/format.ts';

const PARTS = [
  ['good', ['succeeded']],
  ['work', ['receiving', 'received', 'executing']],
  ['bad', ['failed', 'rejected', 'timed_out']],
  ['late', ['expired']],
  ['gone', ['cancelled', 'removed']],
  ['idle', ['queued']],
] as const;

export function OutcomeBar({ counts }: { readonly counts: DeliveryCounts }): ReactNode {
  const sums = PARTS.map(([kind, states]) => [kind, states.reduce((sum, state) => sum + counts[state], 0)] as const);
  const total = sums.reduce((sum, [, count]) => sum + count, 0);
  const done = counts.succeeded;
  return (
    <div className="outcome">
      <span className="outcome-bar" aria-hidden="true">
        {sums.map(([kind, count]) =>
          count === 0 ? null : <span key={kind} className={`outcome-${kind}`} style={{ flexGrow: count }} />,
        )}
      </span>
      <span className="small">
        {done} of {plural(total, 'device')}
      </span>
    </div>
  );
}
