import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack } from '../attack.ts';
import { AttackedServer } from '../support/attacked-server.ts';

/**
 * Requests whose end is one place to one reader and another to the next, so that something before the server would let a second
 * request through as the first one's body. Each is followed by a request that must not be answered.
 */
export const attack: Attack = {
  name: 'request smuggling: lengths that contradict each other, codings that nobody knows, lines that end oddly',
  async run() {
    await using server = await AttackedServer.start();
    for (const [what, head] of Object.entries(AMBIGUOUS)) {
      const answers = await answersTo(server, `${head}${SMUGGLED}`);
      assert.deepEqual(answers, ['400'], `${what}: one answer, and the connection ends`);
    }
    // A body that is said once belongs to its request, also where nobody reads it: only what comes after is another one.
    const honest = `GET /v1/trust HTTP/1.1\r\nhost: a\r\ncontent-length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`;
    assert.deepEqual(await answersTo(server, `${honest}${LAST}`), ['200', '404']);
    const count = Object.keys(AMBIGUOUS).length + 1;
    return { count, stoppedBy: "node's strict parser: whatever can be read in two ways is refused, and hung up on" };
  },
};

async function answersTo(server: AttackedServer, text: string): Promise<string[]> {
  const socket = await server.connect();
  let heard = '';
  socket.setEncoding('latin1').on('data', (part: string) => (heard += part));
  const closed = once(socket, 'close');
  socket.write(text);
  await Promise.race([closed, sleep(HUNG_UP_WITHIN_MS, undefined, { ref: false })]);
  assert.ok(socket.closed, `the connection stays open after ${JSON.stringify(text)}`);
  return [...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status!);
}

const POST = 'POST /v1/join HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n';
const SMUGGLED = 'GET /v1/trust HTTP/1.1\r\nhost: a\r\n\r\n';
const LAST = 'GET /v1/none HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';

const AMBIGUOUS: Readonly<Record<string, string>> = {
  'a length and a coding': `${POST}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  'a coding and a length': `${POST}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n`,
  'two lengths': `${POST}content-length: 0\r\ncontent-length: ${SMUGGLED.length}\r\n\r\n`,
  'the same length twice': `${POST}content-length: 2\r\ncontent-length: 2\r\n\r\n{}`,
  'lengths in a list': `${POST}content-length: 2, 2\r\n\r\n{}`,
  'a length with a sign': `${POST}content-length: +2\r\n\r\n{}`,
  'a negative length': `${POST}content-length: -1\r\n\r\n`,
  'an unknown coding': `${POST}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`,
  'chunks that are not the last coding': `${POST}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  'a space before the colon': `${POST}transfer-encoding : chunked\r\n\r\n0\r\n\r\n`,
  'a folded header': `${POST}x-a: b\r\n content-length: 2\r\n\r\n{}`,
  'a folded coding': `${POST}transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n`,
  'lines without CR': `${POST.replaceAll('\r', '')}\n`,
  'a lone CR': `${POST}x-a: a\rcontent-length: 2\r\n\r\n`,
  'a NUL': `${POST}x-a: a\0\r\n\r\n`,
  'a chunk whose line ends without CR': `${POST}transfer-encoding: chunked\r\n\r\n2;a\n{}\r\n0\r\n\r\n`,
  'a chunk that is longer than it says': `${POST}transfer-encoding: chunked\r\n\r\n2\r\n{} \r\n0\r\n\r\n`,
  'a chunk size that is none': `${POST}transfer-encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n`,
  'two hosts': 'GET /v1/trust HTTP/1.1\r\nhost: a\r\nHost: b\r\n\r\n',
  'no host': 'GET /v1/trust HTTP/1.1\r\n\r\n',
};

const HUNG_UP_WITHIN_MS = 5000;
