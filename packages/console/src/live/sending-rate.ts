/** What all sessions send just now, in bits per second, as the stream tells it; undefined: it has not said anything yet. */
import { eventFeed } from './event-feed.ts';
import { Signal } from './signal.ts';

export const sendingRate = new Signal<number | undefined>(undefined);

/** A session that said nothing for so long is over. */
const SILENCE_MS_MAX = 3_000;
const rates = new Map<string, { readonly rate: number; readonly heardAt: number }>();

eventFeed.listen((event) => {
  if (event.type !== 'progress') return;
  rates.set(event.taskId, { rate: event.session?.rateBitsPerSecond ?? 0, heardAt: performance.now() });
  sum();
});
setInterval(() => rates.size > 0 && sum(), SILENCE_MS_MAX);

function sum(): void {
  let total = 0;
  for (const [taskId, { rate, heardAt }] of rates) {
    if (performance.now() - heardAt > SILENCE_MS_MAX) rates.delete(taskId);
    else total += rate;
  }
  sendingRate.set(total);
}
