import assert from 'node:assert/strict';
import type { Attack } from '../attack.ts';
import { AttackedServer } from '../support/attacked-server.ts';

/** Requests that are small to send and large to take: deep and wide JSON, bodies without an end, headers without one. */
export const attack: Attack = {
  name: 'oversized and deeply nested requests',
  async run(scale) {
    await using server = await AttackedServer.start();
    const bodies = heavyBodies(scale === 'full' ? 1 : 0.25);
    let count = 0;
    const before = process.memoryUsage().rss;
    for (const path of ['/v1/join', '/v1/tasks', '/v1/operators']) {
      for (const body of bodies) {
        const begun = performance.now();
        const answer = await server.ask('POST', path, body).catch((error: NodeJS.ErrnoException) => error);
        // A body that is refused by its length is not read: the client may hear only that the connection is gone.
        if (answer instanceof Error) assert.match(answer.code ?? '', /^(EPIPE|ECONNRESET)$/);
        else assertProblem(answer, [400, 413]);
        assert.ok(performance.now() - begun < ANSWERED_WITHIN_MS, 'nobody else waits for it for long');
        count += 1;
      }
    }
    for (const headers of [{ 'x-a': 'a'.repeat(20_000) }, manyHeaders(2000), { cookie: 'a=b; '.repeat(10_000) }]) {
      assertProblem(await server.ask('GET', '/v1/operators/self', undefined, { headers }), [431]);
      count += 1;
    }
    assertProblem(await server.ask('GET', `/v1/devices?selector=${'a'.repeat(14_000)}`), [400, 431]);
    const growth = process.memoryUsage().rss - before;
    assert.ok(growth < GROWTH_MAX_BYTES, `the server grew by ${growth} bytes`);
    assert.equal((await server.ask('GET', '/v1/operators/self')).status, 200);
    return { count: count + 1, stoppedBy: 'limits of bytes, depth and values before anything is parsed' };
  },
};

function heavyBodies(share: number): string[] {
  const size = Math.floor(4_000_000 * share);
  const deep = (depth: number): string => `{"token":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  return [
    deep(33),
    deep(60_000),
    deep(size / 2 - 20),
    '['.repeat(size),
    `{"a":${'{"a":'.repeat(30_000)}1${'}'.repeat(30_001)}`,
    `{"labels":{${Array.from({ length: size / 16 }, (_, index) => `"k${index}":"v"`).join(',')}}}`,
    `[${'[],'.repeat(size / 4)}[]]`,
    `"${'\\\\'.repeat(size / 2)}"`,
    `{"__proto__":{"role":"admin"},"name":"a"}`,
    `{"name":"a","constructor":{"prototype":{"role":"admin"}}}`,
    'x'.repeat(16 * 1024 * 1024),
  ];
}

function manyHeaders(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, 'aaaaaaaaaa']));
}

function assertProblem(
  { status, type, text }: { status: number; type: string; text: string },
  statuses: number[],
): void {
  assert.ok(statuses.includes(status), `${status} ${text.slice(0, 200)}`);
  assert.match(type, /^application\/problem\+json/);
  assert.ok(text.length < 4096, 'and the answer is small');
}

const ANSWERED_WITHIN_MS = 5000;
const GROWTH_MAX_BYTES = 400 * 1024 ** 2;
