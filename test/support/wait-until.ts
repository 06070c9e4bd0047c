import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is one, and throws with the last thing seen when it does not come in time. */
export async function waitUntil<Seen>(
  what: string,
  ask: () => Promise<Seen> | Seen,
  isIt: (seen: Seen) => boolean,
  timeoutMillis = 120_000,
  everyMillis = 250,
): Promise<Seen> {
  const deadline = performance.now() + timeoutMillis;
  for (;;) {
    const seen = await ask();
    if (isIt(seen)) return seen;
    if (performance.now() > deadline) {
      throw new Error(`${what}: not within ${timeoutMillis} ms; last seen: ${JSON.stringify(seen, undefined, 1)}`);
    }
    await delay(everyMillis);
  }
}
