/** The event stream under faults: whoever listens sees every event exactly once, in order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, fetch } from 'undici';
import { RollcallClient } from '@rollcall/client';
import { Deployment } from '../../support/deployment.ts';
import { EventSubscriber, type SeenEvents } from '../../support/event-subscriber.ts';
import { waitUntil } from '../../support/wait-until.ts';

const SUBSCRIBERS = 1_000;
/** One or the other is always coming back from a connection that broke. */
const MOST = 0.95 * SUBSCRIBERS;
/** Of each operator, fewer than one may have. */
const STREAMS_PER_OPERATOR = 50;
const CHANGES_PER_PHASE = 50;
const CHANGES_AT_ONCE = 10;

test(
  'a thousand subscribers, the server killed and restarted: each sees every event once, in order',
  { timeout: 400_000 },
  async (t) => {
    await using deployment = await Deployment.start();
    const { token } = await deployment.json<{ token: string }>(['operator', 'create', 'root', '--role', 'admin']);
    const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
    const client = new RollcallClient({
      url: deployment.url,
      headers: () => ({ authorization: `Bearer ${token}` }),
      fetch: (target, init) => fetch(target, { ...init, dispatcher }),
    });
    await deployment.join('d1');
    const after = await newestOf(client);
    const tokens: string[] = [];
    for (let index = 0; index < SUBSCRIBERS / STREAMS_PER_OPERATOR; index += 1) {
      const body = { name: `wall-${index}`, role: 'viewer' } as const;
      tokens.push((await client.call('createOperator', { body })).token);
    }
    const seen: SeenEvents = new Map();
    const subscribers = Array.from(
      { length: SUBSCRIBERS },
      (_, index) => new EventSubscriber({ url: deployment.url, token: tokens[index % tokens.length]!, after, seen }),
    );
    const untilOpen = (atLeast: number) =>
      waitUntil(
        `${atLeast} are connected`,
        () => subscribers.filter(({ isOpen }) => isOpen).length,
        (open) => open >= atLeast,
        120_000,
      );
    const breaking = setInterval(() => subscribers[Math.floor(Math.random() * SUBSCRIBERS)]?.breakOff(), 250);
    try {
      await untilOpen(MOST);
      await change(client, 'before');

      // In the middle of what is being sent, as when the power fails …
      const killed = change(client, 'killed');
      await delay(150);
      deployment.server.kill();
      await deployment.server.exited;
      await deployment.startServer();
      await killed;
      // Changes may be through before those who listen are back, and who is not back cannot be thrown out.
      await untilOpen(MOST);

      // … and as an operator restarts it.
      const stopped = change(client, 'stopped');
      await delay(150);
      await deployment.server.stop();
      await deployment.startServer();
      await stopped;
      clearInterval(breaking);

      await untilOpen(SUBSCRIBERS);
      await change(client, 'after');
      const end = await newestOf(client);
      assert.ok(end - after >= 4 * CHANGES_PER_PHASE, `${end - after} events`);
      await waitUntil(
        'all have all',
        () => subscribers.filter(({ last }) => last === end).length,
        (done) => done === SUBSCRIBERS,
        120_000,
      );
      assert.deepEqual(subscribers.flatMap(({ wrong }) => wrong).slice(0, 20), []);
      assert.equal(seen.size, end - after);
      const connections = subscribers.reduce((sum, one) => sum + one.connections, 0);
      assert.ok(connections >= 3 * SUBSCRIBERS * 0.9, 'everybody was thrown out twice');
      t.diagnostic(`${end - after} events for each of ${SUBSCRIBERS} subscribers over ${connections} connections`);
    } finally {
      clearInterval(breaking);
      for (const subscriber of subscribers) subscriber.close();
      await dispatcher.destroy();
    }
  },
);

/** Changes one device again and again, several times at once, also across a restart: each change is an event. */
async function change(client: RollcallClient, phase: string): Promise<void> {
  let begun = 0;
  const changeSome = async () => {
    while (begun < CHANGES_PER_PHASE) {
      const body = { labels: { phase: `${phase}-${(begun += 1)}` } };
      await waitUntil(
        `a change of the phase ${phase}`,
        () => client.call('updateDevice', { params: { id: 'd1' }, body }).catch((error: unknown) => error as Error),
        (answer) => !(answer instanceof Error),
        120_000,
        200,
      );
    }
  };
  await Promise.all(Array.from({ length: CHANGES_AT_ONCE }, changeSome));
}

async function newestOf(client: RollcallClient): Promise<number> {
  const stop = new AbortController();
  for await (const event of client.events({ signal: stop.signal })) if (event.type === 'open') return event.sequence;
  throw new Error('the stream says nothing');
}
