/** What the cells mean, how many there are of each, and a filter by it for the table below. */
import type { ReactNode } from 'react';
import { LOOK_NAMES, type LookName, type TaskPicture } from '@rollcall/client/task';
import { LOOKS } from '../model/appearance.ts';
import { formatCount } from '../model/format.ts';
import { LookMark } from '../ui/look-mark.tsx';

interface LegendProps {
  readonly counts: TaskPicture['lookCounts'];
  readonly chosen: LookName | undefined;
  readonly onChoose: (look: LookName | undefined) => void;
}

export function Legend({ counts, chosen, onChoose }: LegendProps): ReactNode {
  const shown = LOOK_NAMES.filter((look) => counts[look] > 0 || look === chosen);
  return (
    <div className="legend" role="group" aria-label="Show in the table only">
      {shown.map((look) => (
        <button
          key={look}
          type="button"
          className="legend-item"
          aria-pressed={look === chosen}
          onClick={() => onChoose(look === chosen ? undefined : look)}
        >
          <LookMark look={look} />
          <span>{LOOKS[look].label}</span>
          <strong>{formatCount(counts[look])}</strong>
        </button>
      ))}
    </div>
  );
}
