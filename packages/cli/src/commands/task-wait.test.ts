import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveryCounts, RollcallEvent, TaskDetails } from '@rollcall/api';
import type { StreamedEvent } from '@rollcall/client';
import { countNone } from '@rollcall/client/task';
import { delivery, session, task } from '../../../../test/support/task-samples.ts';
import type { ApiClient } from '../client/api-client.ts';
import { CommandError } from '../exit-code.ts';
import { Output } from '../output/output.ts';
import { judge, parseGoal, waitForTask, type Standing } from './task-wait.ts';
import { watch } from './task.ts';

function standing(counts: Partial<DeliveryCounts>, rest: Partial<Standing> = {}): Standing {
  return { state: 'active', phase: 'finishing', outcome: null, counts: { ...countNone(), ...counts }, ...rest };
}

test('a phase is reached when the task is in it or past it', () => {
  assert.equal(judge({ kind: 'phase', phase: 'finishing' }, standing({}, { phase: 'multicasting' })), 'ahead');
  assert.equal(judge({ kind: 'phase', phase: 'finishing' }, standing({})), 'reached');
  assert.equal(judge({ kind: 'phase', phase: 'multicasting' }, standing({}, { phase: 'ended' })), 'reached');
});

test('the end is good only when every device has succeeded', () => {
  assert.equal(judge({ kind: 'end' }, standing({ queued: 1 })), 'ahead');
  assert.equal(judge({ kind: 'end' }, standing({ succeeded: 2 }, { phase: 'ended', outcome: 'all' })), 'reached');
  assert.equal(judge({ kind: 'end' }, standing({ failed: 1 }, { phase: 'ended', outcome: 'partial' })), 'hopeless');
});

test('a share is hopeless as soon as too few can still succeed', () => {
  const half = { kind: 'share', share: 0.5 } as const;
  assert.equal(judge(half, standing({ succeeded: 1, queued: 3 })), 'ahead');
  assert.equal(judge(half, standing({ succeeded: 2, failed: 2 })), 'reached');
  assert.equal(judge(half, standing({ succeeded: 1, failed: 3 })), 'hopeless');
  assert.equal(judge(half, standing({ succeeded: 0, queued: 4 }, { phase: 'ended', outcome: 'none' })), 'hopeless');
});

test('a goal is a share, a number or a known phase, and nothing else', () => {
  assert.deepEqual(parseGoal('95%', undefined), { kind: 'share', share: 0.95 });
  assert.deepEqual(parseGoal('3', undefined), { kind: 'count', count: 3 });
  assert.deepEqual(parseGoal(undefined, 'finishing'), { kind: 'phase', phase: 'finishing' });
  assert.deepEqual(parseGoal(undefined, undefined), { kind: 'end' });
  for (const [until, phase] of [
    ['many', undefined],
    ['200%', undefined],
    ['3', 'ended'],
  ] as const) {
    assert.throws(
      () => parseGoal(until, phase),
      (error) => error instanceof CommandError && error.exitCode === 2,
    );
  }
});

const SENDING = session({ state: 'sending', endedAt: null, bytesSent: 0 });
const OVER = session({ bytesSent: 1536 });
const ROW = [delivery('a', { state: 'succeeded' })];
const ENDED = { state: 'completed', phase: 'ended', outcome: 'all', finishedAt: 9000 } as const;

class KeptOutput extends Output {
  readonly documents: unknown[] = [];

  override result(document: unknown): void {
    this.documents.push(document);
  }

  override note(): void {
    // Nobody reads it.
  }
}

/** A server whose task is, at each event, as it says. Behind the last event it is silent. */
function serverOf(first: TaskDetails, ...steps: readonly (readonly [StreamedEvent, TaskDetails])[]): ApiClient {
  let current = first;
  return {
    call: async () => current,
    async *events({ signal }: { signal: AbortSignal }) {
      yield { type: 'open', sequence: 4 };
      for (const [event, then] of steps) {
        current = then;
        yield event;
      }
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  } as unknown as ApiClient;
}

const taskEnds: RollcallEvent = {
  sequence: 5,
  at: 9000,
  type: 'task',
  taskId: 't1',
  state: 'completed',
  phase: 'ended',
  outcome: 'all',
  counts: task(ROW).counts,
};
const sessionEnds: RollcallEvent = { sequence: 6, at: 9500, type: 'session', taskId: 't1', session: OVER };

function endingServer(): ApiClient {
  return serverOf(
    task([delivery('a')], { sessions: [SENDING] }),
    [taskEnds, task(ROW, { ...ENDED, sessions: [SENDING] })],
    [sessionEnds, task(ROW, { ...ENDED, sessions: [OVER] })],
  );
}

test('what is shown at the end is a session that is over', async () => {
  const output = new KeptOutput(true);
  await waitForTask(endingServer(), output, 't1', { kind: 'end' }, undefined);
  assert.deepEqual(
    (output.documents as TaskDetails[]).map(({ sessions }) => sessions),
    [[OVER]],
  );
  const watched = new KeptOutput(true);
  await watch(endingServer(), watched, 't1');
  assert.deepEqual(watched.documents, [taskEnds, sessionEnds]);
});

test('a session that does not end is waited for no longer than a few seconds, whatever --timeout says', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const ticking = setInterval(() => context.mock.timers.tick(500), 1);
  context.after(() => clearInterval(ticking));
  const output = new KeptOutput(true);
  const stuck = task(ROW, { ...ENDED, sessions: [SENDING] });
  await waitForTask(serverOf(stuck), output, 't1', { kind: 'end' }, 1000);
  assert.deepEqual(output.documents, [stuck]);
});

test('watching a task that has ended tells how, as its last event did', async () => {
  const output = new KeptOutput(true);
  await watch(serverOf(task(ROW, { ...ENDED, sessions: [OVER] })), output, 't1');
  assert.deepEqual(output.documents, [{ ...taskEnds, sequence: 4 }]);
});

test('when the time is over, how far the task has come is told as well', async () => {
  const output = new KeptOutput(true);
  const open = task([delivery('a')]);
  await assert.rejects(
    waitForTask(serverOf(open), output, 't1', { kind: 'end' }, 1),
    (error) => error instanceof CommandError && error.exitCode === 4,
  );
  assert.deepEqual(output.documents, [open]);
});
