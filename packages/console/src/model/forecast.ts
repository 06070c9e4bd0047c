/** What a task will do, said before it is created. */
import type { SendingSettings } from '@rollcall/api';
import { formatBytes, formatRate } from '@rollcall/client/format';
import { formatDuration, plural } from './format.ts';
import type { TaskDraft } from './task-draft.ts';

export interface ForecastCase {
  readonly draft: TaskDraft;
  readonly file: { readonly name: string; readonly size: number } | null;
  readonly count: number;
  readonly onlineCount: number;
  /** Null: not known yet. */
  readonly sending: SendingSettings | null;
}

export function forecast({ draft, file, count, onlineCount, sending }: ForecastCase): string[] {
  if (count === 0) return ['No device matches: nothing can be sent.'];
  const mode = draft.mode === '' ? (sending?.mode ?? 'multicast') : draft.mode;
  const what = file === null ? 'The file' : `${file.name} (${formatBytes(file.size)})`;
  const offlineCount = count - onlineCount;
  const sentences: string[] = [];
  if (mode === 'unicast') {
    sentences.push(`${what} is sent to each of ${plural(count, 'device')} by itself.`);
  } else if (onlineCount > 0) {
    sentences.push(
      `${what} is sent once, by ${mode}, for ${onlineCount === 1 ? 'the device that is' : `the ${onlineCount} devices that are`} online.`,
    );
    const rate = sending?.multicastBitsPerSecond;
    if (file !== null && rate !== undefined && rate !== null && file.size > 0) {
      sentences.push(
        `At ${formatRate(rate)} that takes ${about((file.size * 8000) / rate)}, and as long as its repair.`,
      );
    }
  }
  if (offlineCount > 0 && mode !== 'unicast') {
    const who =
      offlineCount === 1 ? 'One device is offline: it gets' : `${plural(offlineCount, 'device')} are offline: they get`;
    sentences.push(`${who} it by unicast when ${offlineCount === 1 ? 'it comes' : 'they come'} back.`);
  }
  sentences.push(THEN[draft.kind]);
  return sentences;
}

function about(milliseconds: number): string {
  return milliseconds < 1_000 ? 'less than a second' : `about ${formatDuration(milliseconds)}`;
}

const THEN = {
  copy: 'Each device verifies the whole file, and then puts it in its place at once.',
  install: 'Each device verifies the package, installs it, and reports the result.',
  update: 'Each device verifies the package and changes to it; when the health check fails, it goes back.',
  batch: "Each device verifies the batch and gives it to its own channel's command.",
} as const;
