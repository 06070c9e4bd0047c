/** What will happen, in sentences, and to which devices: before anything does. */
import type { SendingSettings } from '@rollcall/api';
import type { ReactNode } from 'react';
import { forecast } from '../../model/forecast.ts';
import { plural } from '../../model/format.ts';
import type { TaskDraft } from '../../model/task-draft.ts';
import { Failure } from '../../ui/parts.tsx';
import { Presence } from '../../ui/presence.tsx';
import type { Preview } from './use-preview.ts';

const LISTED_MAX = 200;

interface TaskForecastProps {
  readonly draft: TaskDraft;
  readonly preview: Preview;
  readonly sending: SendingSettings | undefined;
  readonly selector: string | undefined;
  readonly file: File | undefined;
}

export function TaskForecast({ draft, preview, sending, selector, file }: TaskForecastProps): ReactNode {
  const { devices, count, onlineCount, problem } = preview;
  const sentences =
    count === undefined ? [] : forecast({ draft, file: file ?? null, count, onlineCount, sending: sending ?? null });
  return (
    <>
      <h2>What will happen</h2>
      <p className="target-count" role="status">
        {selector === undefined || count === undefined ? '–' : plural(count, 'device')}
        {count !== undefined && count > 0 && <span className="muted small"> {onlineCount} online</span>}
      </p>
      {problem !== undefined && <Failure error={problem} />}
      {sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      {devices.length > 0 && (
        <ul className="pick-list" tabIndex={0} aria-label="Matching devices">
          {devices.slice(0, LISTED_MAX).map(({ id, name, online }) => (
            <li key={id} className="row">
              <span className="grow">{name}</span> <Presence device={{ online, warning: null }} />
            </li>
          ))}
          {devices.length > LISTED_MAX && <li className="muted">and {devices.length - LISTED_MAX} more</li>}
        </ul>
      )}
    </>
  );
}
