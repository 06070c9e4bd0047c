/** A task that is followed over connections that end, servers that go away, and one that does not know it. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { problemDetails, type TaskDetails } from '@rollcall/api';
import { RollcallClient, type StreamedEvent } from '@rollcall/client';
import { delivery, deliveryEvent, task } from '../../../../test/support/task-samples.ts';
import { followTask, type FollowedEvent } from './follow-task.ts';

const OPEN = (sequence: number): StreamedEvent => ({ type: 'open', sequence });
const DONE = delivery('a', { state: 'succeeded', path: 'multicast' });

/** Each connection to the events gives what it has, and ends. */
class Server {
  readonly connections: StreamedEvent[][];
  /** Undefined: nothing answers. */
  task: TaskDetails | undefined = task([delivery('a'), delivery('b')]);
  isUnknown = false;
  readCount = 0;
  readonly lastSeen: (string | null)[] = [];

  constructor(...connections: StreamedEvent[][]) {
    this.connections = connections;
  }

  readonly client = new RollcallClient({
    url: 'https://rollcall.example',
    fetch: async (url, { headers }) => {
      if (!url.includes('/v1/events')) return this.#read();
      this.lastSeen.push(new Headers(headers).get('last-event-id'));
      const events = this.connections.shift() ?? [];
      return new Response(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
    },
  });

  #read(): Response {
    this.readCount += 1;
    if (this.task === undefined) throw new TypeError('fetch failed');
    if (!this.isUnknown) return Response.json(this.task);
    return Response.json(problemDetails('not_found', 'there is no task t1'), { status: 404 });
  }
}

const count = ({ picture }: FollowedEvent) => picture.head.counts.succeeded;

/** So many events; time passes as fast as it is waited for. */
async function follow(server: Server, length: number, onSeen?: (length: number) => void): Promise<FollowedEvent[]> {
  const stop = new AbortController();
  const seen: FollowedEvent[] = [];
  mock.timers.enable({ apis: ['setTimeout'] });
  const ticking = setInterval(() => mock.timers.tick(500), 1);
  try {
    for await (const followed of followTask(server.client, 't1', { signal: stop.signal })) {
      seen.push(followed);
      onSeen?.(seen.length);
      if (seen.length === length) break;
    }
  } finally {
    clearInterval(ticking);
    stop.abort();
    mock.timers.reset();
  }
  return seen;
}

test('the picture is taken at the beginning, and each event says whether it has changed it', async () => {
  const strange = deliveryEvent(delivery('stranger', { state: 'failed' }), 3);
  const server = new Server([OPEN(1), deliveryEvent(DONE, 2), strange]);
  const seen = await follow(server, 3);
  assert.deepEqual(
    seen.map(({ event, isChanged }) => [event.type, isChanged]),
    [
      ['open', true],
      ['delivery', true],
      ['delivery', false],
    ],
  );
  assert.equal(seen[0]?.picture, seen[2]?.picture, 'it is one picture, carried forward');
  assert.equal(count(seen[2]!), 1);
  assert.equal(server.readCount, 1);
});

test('after a connection that has ended the picture is taken anew, and the events go on behind the last one', async () => {
  const server = new Server([OPEN(1), deliveryEvent(DONE, 2)], [{ type: 'reset', sequence: 90 }]);
  server.task = task([delivery('a')]);
  const [first, , again] = await follow(server, 3);
  assert.notEqual(again?.picture, first?.picture);
  assert.deepEqual(
    [again?.event.type, again?.isChanged, count(again!)],
    ['reset', true, 0],
    'what the server says is so',
  );
  assert.deepEqual([server.readCount, server.lastSeen], [2, [null, '2']]);
});

test('while the server stays away the picture stays as it was, until the stream says that it is back', async () => {
  const server = new Server([OPEN(1)], [OPEN(5)], [OPEN(9)]);
  // It goes as soon as it has told that it is there; and comes again.
  const seen = await follow(server, 3, (length) => (server.task = length === 1 ? undefined : task([DONE])));
  assert.deepEqual(
    seen.map((followed) => [followed.isChanged, count(followed)]),
    [
      [true, 0],
      [false, 0],
      [true, 1],
    ],
  );
  assert.equal(seen[1]?.picture, seen[0]?.picture);
});

test('of a task that there is not, nothing is told', async () => {
  const server = new Server([OPEN(1)]);
  server.isUnknown = true;
  await assert.rejects(follow(server, 1), /there is no task t1/);
});
