import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CompletionRequest, limits } from '@rollcall/api';
import type { Logger } from 'pino';
import type { OpenTask } from '../core/task-command.ts';
import { TaskFinisher } from '../core/task-finisher.ts';
import type { DeviceConnection } from '../link/device-connection.ts';
import { CompletionAsker } from './completion-asker.ts';
import type { OpenContents } from './open-contents.ts';

/** As the server limits the body of a request. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

async function requestFor(taskCount: number): Promise<CompletionRequest> {
  const gaps = Array.from({ length: limits.MISSING_RANGES_MAX }, (_, index) => [1_000_000_000 + index * 2, 1] as const);
  let sent: CompletionRequest | undefined;
  const call = async (_operation: unknown, { body }: { body: CompletionRequest }) => {
    sent = body;
    return { decisions: [] };
  };
  const contents = { get: () => ({ bytesHeld: 1, missing: () => gaps }) } as unknown as OpenContents;
  const open = Array.from({ length: taskCount }, (_, index): OpenTask => {
    const content = { id: 'a'.repeat(64), size: 1 } as OpenTask['content'];
    return { taskId: `${index}`.padStart(36, '0'), attempt: 1, content };
  });
  const finisher = new TaskFinisher(() => 0);
  const trust = { newNonce: () => 'n'.repeat(22), handleTime: async () => undefined };
  const asker = new CompletionAsker({ call } as unknown as DeviceConnection, trust, contents, finisher, {} as Logger);
  await asker.ask(open, () => undefined);
  return sent!;
}

test('what is missing is told exactly for few tasks, and more coarsely for as many as there may be', async () => {
  const few = await requestFor(10);
  assert.ok(few.held.every(({ missing }) => missing!.length === limits.MISSING_RANGES_MAX));
  const many = await requestFor(limits.OPEN_TASKS_PER_DEVICE_MAX);
  assert.ok(many.held.every(({ missing }) => missing!.length > 1));
  assert.ok(JSON.stringify(many).length < BODY_BYTES_MAX);
});
