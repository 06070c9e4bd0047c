import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CompletionDecision, type CompletionRequest, limits, type Report } from '@rollcall/api';
import type { Logger } from 'pino';
import type { OpenTask } from '../core/task-command.ts';
import { TaskFinisher } from '../core/task-finisher.ts';
import type { DeviceConnection } from '../link/device-connection.ts';
import { ASK_SPACING_MILLISECONDS } from '../limits.ts';
import { CompletionAsker } from './completion-asker.ts';
import type { OpenContents } from './open-contents.ts';

/** As the server limits the body of a request. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

function makeAsker(
  call: (operation: unknown, sent: { body: CompletionRequest }) => Promise<unknown>,
  contents: OpenContents,
  finisher = new TaskFinisher(() => 0),
): CompletionAsker {
  const trust = { newNonce: () => 'n'.repeat(22), handleTime: async () => undefined };
  return new CompletionAsker({ call } as unknown as DeviceConnection, trust, contents, finisher, {} as Logger);
}

async function requestFor(taskCount: number): Promise<CompletionRequest> {
  const gaps = Array.from({ length: limits.MISSING_RANGES_MAX }, (_, index) => [1_000_000_000 + index * 2, 1] as const);
  let sent: CompletionRequest | undefined;
  const contents = { get: () => ({ bytesHeld: 1, missing: () => gaps }) } as unknown as OpenContents;
  const open = Array.from({ length: taskCount }, (_, index): OpenTask => {
    const content = { id: 'a'.repeat(64), size: 1 } as OpenTask['content'];
    return { taskId: `${index}`.padStart(36, '0'), attempt: 1, content };
  });
  const asker = makeAsker(async (_operation, { body }) => {
    sent = body;
    return { decisions: [] };
  }, contents);
  await asker.ask(open, () => undefined);
  return sent!;
}

/** Milliseconds to the next request after these decisions, and after each of the reports that the server then takes. */
async function waitsAfter(
  decisions: readonly Partial<CompletionDecision>[],
  reports: readonly Pick<Report, 'taskId' | 'state'>[],
): Promise<number[]> {
  const finisher = new TaskFinisher(() => 0);
  const asker = makeAsker(async () => ({ decisions, retryAfterSeconds: 2 }), {} as OpenContents, finisher);
  finisher.handleConnected(performance.now());
  assert.ok(finisher.pollAsk(performance.now()));
  await asker.ask([], () => undefined);
  const wait = () => finisher.pollTimeout()! - performance.now();
  return [
    wait(),
    ...reports.map((report) => {
      asker.handleReported([report as Report]);
      return wait();
    }),
  ];
}

test('what is missing is told exactly for few tasks, and more coarsely for as many as there may be', async () => {
  const few = await requestFor(10);
  assert.ok(few.held.every(({ missing }) => missing!.length === limits.MISSING_RANGES_MAX));
  const many = await requestFor(limits.OPEN_TASKS_PER_DEVICE_MAX);
  assert.ok(many.held.every(({ missing }) => missing!.length > 1));
  assert.ok(JSON.stringify(many).length < BODY_BYTES_MAX);
});

test('a device whose next task waits for its own fetch asks as soon as the server knows the end of that', async () => {
  const decisions = [
    { taskId: 'first', decision: 'fetch' },
    { taskId: 'second', decision: 'wait', reason: 'slots_taken' },
  ] as const;
  const [ended, ...before] = (
    await waitsAfter(decisions, [
      { taskId: 'second', state: 'succeeded' },
      { taskId: 'first', state: 'receiving' },
      { taskId: 'first', state: 'received' },
      { taskId: 'first', state: 'succeeded' },
    ])
  ).toReversed();
  for (const wait of before) assert.ok(wait > 1000, `${wait} ms`);
  assert.ok(ended! <= ASK_SPACING_MILLISECONDS, `${ended} ms`);
});

test('a device that waits for slots of others, or for none, keeps to the time that it was told', async () => {
  for (const decisions of [
    [{ taskId: 'first', decision: 'wait', reason: 'slots_taken' }],
    [
      { taskId: 'first', decision: 'fetch' },
      { taskId: 'second', decision: 'wait', reason: 'multicast_planned' },
    ],
  ] as const) {
    const [, ended] = await waitsAfter(decisions, [{ taskId: 'first', state: 'succeeded' }]);
    assert.ok(ended! > 1000, `${ended} ms`);
  }
});
