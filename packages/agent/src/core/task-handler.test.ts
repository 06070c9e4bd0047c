import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContentDescription, Manifest, Report, SessionDescription } from '@rollcall/api';
import { TaskHandler } from './task-handler.ts';
import type { ReceptionFigures, TaskCommand } from './task-command.ts';
import type { TaskRecord } from './task-record.ts';

const contentOf = (letter: string): ContentDescription => ({
  id: letter.repeat(64),
  encoding: 'identity',
  size: 100,
  leafSize: 65536,
  leafCount: 1,
  root: '0'.repeat(64),
  sha256: '0'.repeat(64),
});

function manifestOf(taskId: string, fields: Partial<Manifest> = {}): Manifest {
  return {
    taskId,
    attempt: 1,
    action: { kind: 'copy', to: 'x', form: 'file', name: 'x' },
    content: contentOf('a'),
    audience: ['device'],
    weight: 100,
    createdAt: 1000,
    notBefore: 0,
    expiresAt: 1_000_000,
    timeoutSeconds: 60,
    ...fields,
  };
}

const sealed = { payloadType: 'application/vnd.rollcall.manifest+json', payload: '', signatures: [] };
const sources = [{ kind: 'server' as const, url: 'https://server' }];
const sessionOf = (sessionId: string) => ({ sessionId }) as SessionDescription;

/** A handler with a disk that always works; `complete` holds the ids of contents that are whole. */
class Bench {
  readonly complete = new Set<string>();
  readonly records = new Map<string, TaskRecord>();
  figures: ReceptionFigures = { bytesMulticast: 0, bytesUnicast: 0 };
  handler = this.make();
  utc = 5000;

  make(): TaskHandler {
    return new TaskHandler({
      isComplete: ({ id }) => this.complete.has(id),
      figures: () => this.figures,
    });
  }

  commands(): TaskCommand[] {
    const commands: TaskCommand[] = [];
    for (;;) {
      const command = this.handler.pollCommand(this.utc);
      for (const record of this.handler.takeChanged()) {
        this.records.set(`${record.manifest.taskId}#${record.manifest.attempt}`, record);
        this.handler.handleSaved(record);
      }
      if (command === undefined) return commands;
      commands.push(command);
    }
  }

  types(): string[] {
    return this.commands().map((command) => command.type);
  }

  /** What was reported, acknowledged at once. */
  reported(): Report[] {
    const reports = this.handler.reportsToSend(100);
    this.handler.handleAcknowledged(reports);
    return reports;
  }

  fetch(manifest: Manifest, sequence = 0): void {
    const { taskId, attempt } = manifest;
    this.handler.handleDecision({
      taskId,
      attempt,
      sequence,
      decision: 'fetch',
      manifest: sealed,
      sources,
      leaseSeconds: 60,
      opened: manifest,
    });
  }

  join(manifest: Manifest, sessionId: string): void {
    const { taskId, attempt } = manifest;
    const session = sessionOf(sessionId);
    const fields = { taskId, attempt, sequence: 0, manifest: sealed };
    this.handler.handleDecision({ ...fields, decision: 'join', session, opened: manifest });
  }

  plan(manifest: Manifest): void {
    this.handler.handlePlanned(manifest.taskId, manifest.attempt, { decision: 'perform' });
  }

  /** From the decision to the point where only the execution is left. */
  receive(manifest: Manifest): void {
    this.fetch(manifest);
    this.commands();
    this.plan(manifest);
    this.commands();
    this.complete.add(manifest.content.id);
    this.handler.handleReceptionEnded(manifest.content.id, { outcome: 'complete' });
    this.commands();
    this.handler.handleVerified(manifest.content.id, { outcome: 'verified' });
  }
}

test('a task is planned, received, verified as a whole, carried out and reported', () => {
  const bench = new Bench();
  const manifest = manifestOf('t');
  bench.fetch(manifest);
  assert.deepEqual(bench.types(), ['plan']);
  bench.plan(manifest);
  assert.deepEqual(bench.types(), ['fetch']);
  bench.complete.add(manifest.content.id);
  bench.handler.handleReceptionEnded(manifest.content.id, { outcome: 'complete' });
  assert.deepEqual(bench.types(), ['verify']);
  bench.figures = { bytesMulticast: 70, bytesUnicast: 30 };
  bench.handler.handleVerified(manifest.content.id, { outcome: 'verified' });
  assert.deepEqual(bench.types(), ['execute']);
  bench.handler.handleExecuted('t', 1, { outcome: 'succeeded' });
  assert.deepEqual(bench.types(), ['releaseContent']);
  const reports = bench.reported();
  assert.deepEqual(
    reports.map(({ state, sequence }) => [state, sequence]),
    [
      ['receiving', 1],
      ['received', 2],
      ['executing', 3],
      ['succeeded', 4],
    ],
  );
  assert.deepEqual([reports[3]!.bytesMulticast, reports[3]!.bytesUnicast], [70, 30]);
  assert.deepEqual(bench.commands(), [{ type: 'forget', taskId: 't', attempt: 1, isLast: true }]);
  assert.deepEqual(bench.handler.openTasks(), []);
});

test('what the device has already, or declines, is reported without a byte received', () => {
  const bench = new Bench();
  bench.join(manifestOf('t'), 's');
  bench.commands();
  bench.handler.handlePlanned('t', 1, { decision: 'already_present', version: '2.0' });
  bench.join(manifestOf('u'), 's');
  bench.commands();
  bench.handler.handlePlanned('u', 1, { decision: 'rejected', code: 'no_space', message: 'full' });
  assert.ok(!bench.types().includes('listen'));
  const [present, rejected] = bench.reported();
  assert.deepEqual([present!.state, present!.isAlreadyPresent, present!.version], ['succeeded', true, '2.0']);
  assert.deepEqual([rejected!.state, rejected!.error], ['rejected', { code: 'no_space', message: 'full' }]);
});

test('an update of what is still being installed is planned again when that has ended', () => {
  const till = { app: 'till', packageKind: 'app', packageName: 'till.tar' } as const;
  const install = manifestOf('t', { action: { ...till, kind: 'install', version: '1.0' } });
  const action: Manifest['action'] = { ...till, kind: 'update', version: '2.0', keep: 2, allowDowngrade: false };
  const update = manifestOf('u', { action, content: contentOf('b'), createdAt: 2000 });
  const declined = { decision: 'rejected', code: 'not_installed', message: 'till is not installed' } as const;
  for (const end of [{ outcome: 'succeeded' }, { outcome: 'failed', code: 'script_failed', message: 'no' }] as const) {
    const bench = new Bench();
    bench.receive(install);
    bench.fetch(update);
    assert.deepEqual(bench.types(), ['plan', 'execute']);
    bench.reported();
    bench.handler.handlePlanned('u', 1, declined);
    assert.deepEqual(bench.types(), []);
    assert.deepEqual(bench.reported(), [], 'nothing is decided');
    bench.handler.handleExecuted('t', 1, end);
    assert.deepEqual(bench.types(), ['releaseContent', 'plan']);
    if (end.outcome === 'succeeded') {
      bench.plan(update);
      assert.deepEqual(bench.types(), ['fetch']);
    } else {
      bench.handler.handlePlanned('u', 1, declined);
      bench.commands();
      assert.equal(bench.reported().find(({ taskId }) => taskId === 'u')?.state, 'rejected');
    }
  }
});

test('who comes first, and who is about another application, waits for no other plan', () => {
  const till = { app: 'till', packageKind: 'app', packageName: 'till.tar' } as const;
  const action: Manifest['action'] = { ...till, kind: 'install', version: '1.0' };
  const others: Partial<Manifest>[] = [
    { action: { ...action, app: 'scale' } },
    { action, weight: 200 },
    { action, createdAt: 1 },
  ];
  for (const change of others) {
    const bench = new Bench();
    bench.fetch(manifestOf('t', { action }));
    bench.fetch(manifestOf('u', { content: contentOf('b'), ...change }));
    bench.commands();
    bench.handler.handlePlanned('u', 1, { decision: 'rejected', code: 'not_installed', message: 'no' });
    bench.commands();
    assert.equal(bench.reported().at(-1)?.state, 'rejected', JSON.stringify(change));
  }
});

test('an end that the server cannot read is told again in the barest words, and only once', () => {
  const bench = new Bench();
  bench.receive(manifestOf('t'));
  bench.commands();
  bench.reported();
  const error = { code: 'script_failed', message: 'no' };
  bench.handler.handleExecuted('t', 1, { outcome: 'failed', ...error, exitCode: 3, output: 'eA==' });
  bench.commands();
  const [told] = bench.handler.reportsToSend(1);
  assert.deepEqual([told!.exitCode, told!.output, told!.error], [3, 'eA==', error]);
  bench.handler.handleRefused(told!);
  bench.commands();
  const [bare] = bench.handler.reportsToSend(1);
  assert.deepEqual([bare!.sequence, bare!.state, bare!.error!.code], [told!.sequence + 1, 'failed', 'report_refused']);
  assert.deepEqual([bare!.exitCode, bare!.output], [undefined, undefined]);
  bench.handler.handleRefused(bare!);
  assert.deepEqual(bench.types(), ['forget']);
});

test('what was received of a task is kept for its retry unless it succeeded, and a success has its exit code', () => {
  for (const outcome of ['rejected', 'failed', 'succeeded'] as const) {
    const bench = new Bench();
    const manifest = manifestOf('t');
    bench.receive(manifest);
    bench.commands();
    const result = outcome === 'succeeded' ? { outcome } : { outcome, code: 'no_space', message: '' };
    bench.handler.handleExecuted('t', 1, { ...result, exitCode: 0 });
    const isRetained = outcome !== 'succeeded';
    assert.deepEqual(bench.commands(), [{ type: 'releaseContent', contentId: manifest.content.id, isRetained }]);
    assert.equal(bench.reported().at(-1)?.exitCode, 0);
  }
});

test('a report is not sent before its record is on disk', () => {
  const bench = new Bench();
  bench.fetch(manifestOf('t'));
  bench.handler.pollCommand(bench.utc);
  bench.handler.handlePlanned('t', 1, { decision: 'rejected', code: 'no_space', message: 'full' });
  const [record] = bench.handler.takeChanged();
  assert.deepEqual(bench.handler.reportsToSend(10), []);
  bench.handler.handleSaved(record!);
  assert.equal(bench.handler.reportsToSend(10).length, 1);
});

test('receptions overlap, executions do not: the heavier task first, then the older', () => {
  const bench = new Bench();
  const order = [
    manifestOf('light', { weight: 1, content: contentOf('b') }),
    manifestOf('young', { createdAt: 2000, content: contentOf('c') }),
    manifestOf('old', { createdAt: 1000, content: contentOf('d') }),
    manifestOf('heavy', { weight: 500, createdAt: 3000, content: contentOf('e') }),
  ];
  bench.receive(manifestOf('first', { weight: 0 }));
  assert.deepEqual(bench.types(), ['execute']);
  for (const manifest of order) bench.receive(manifest);
  assert.deepEqual(bench.types(), []);
  const executed: string[] = [];
  for (let current = 'first'; executed.length < 4;) {
    bench.handler.handleExecuted(current, 1, { outcome: 'succeeded' });
    const next = bench.commands().find((command) => command.type === 'execute');
    current = next!.manifest.taskId;
    executed.push(current);
  }
  assert.deepEqual(executed, ['heavy', 'old', 'young', 'light']);
});

test('a batch waits for the earlier ones of its channel that are open, however they end, and for nothing else', () => {
  const bench = new Bench();
  const batchOf = (taskId: string, sequence: number, letter: string, channel = 'orders') =>
    manifestOf(taskId, {
      action: { kind: 'batch', channel, batchId: taskId, sequence, name: 'x' },
      content: contentOf(letter),
      weight: sequence,
    });
  const [first, second, third, other] = [
    batchOf('first', 1, 'b'),
    batchOf('second', 2, 'c'),
    batchOf('third', 3, 'd'),
    batchOf('other', 9, 'e', 'prices'),
  ];
  const { taskId, attempt } = first;
  const wait = { decision: 'wait', reason: 'slots_taken', retryAfterSeconds: 1 } as const;
  bench.handler.handleDecision({ taskId, attempt, ...wait, opened: first });
  bench.commands();
  bench.plan(first);
  bench.receive(third);
  bench.receive(second);
  assert.deepEqual(bench.types(), []);
  bench.receive(other);
  assert.deepEqual(bench.types(), ['execute']);
  bench.handler.handleExecuted('other', 1, { outcome: 'succeeded' });
  bench.handler.handleDecision({ taskId, attempt, decision: 'cancelled' });
  for (const expected of ['second', 'third']) {
    const next = bench.commands().find((command) => command.type === 'execute');
    assert.equal(next?.manifest.taskId, expected);
    bench.handler.handleExecuted(expected, 1, { outcome: 'failed', code: 'command_failed', message: '' });
  }
});

test('a session that ended short makes the device ask; without progress ever later', () => {
  const bench = new Bench();
  const manifest = manifestOf('t');
  const waits: number[] = [];
  bench.join(manifest, 's');
  bench.commands();
  bench.plan(manifest);
  for (let round = 0; round < 4; round += 1) {
    assert.deepEqual(bench.types(), ['listen']);
    bench.handler.handleReceptionEnded(manifest.content.id, { outcome: 'short' });
    const [ask] = bench.commands();
    waits.push(ask?.type === 'ask' ? ask.waitMilliseconds : -1);
    bench.join(manifest, 's');
  }
  assert.deepEqual(waits, [0, 1000, 2000, 4000]);
});

test('a fetch ends the session first: a content has one writer', () => {
  const bench = new Bench();
  const manifest = manifestOf('t');
  bench.join(manifest, 's');
  bench.commands();
  bench.plan(manifest);
  bench.commands();
  assert.equal(bench.handler.openTasks()[0]!.sessionId, 's');
  bench.fetch(manifest);
  assert.deepEqual(bench.types(), ['stopReception']);
  bench.handler.handleReceptionEnded(manifest.content.id, { outcome: 'short' });
  assert.deepEqual(bench.types(), ['fetch']);
});

test('another session takes the place of the one that a restarted server has forgotten', () => {
  const bench = new Bench();
  const manifest = manifestOf('t');
  bench.join(manifest, 's');
  bench.commands();
  bench.plan(manifest);
  bench.commands();
  bench.join(manifest, 's');
  assert.deepEqual(bench.commands(), [{ type: 'ready', sessionId: 's' }]);
  bench.join(manifest, 'r');
  assert.deepEqual(bench.types(), ['stopReception']);
  bench.handler.handleReceptionEnded(manifest.content.id, { outcome: 'short' });
  const [listen] = bench.commands();
  assert.deepEqual(listen, { type: 'listen', manifest, session: sessionOf('r') });
});

test('two tasks with one content receive it once', () => {
  const bench = new Bench();
  const one = manifestOf('one');
  const two = manifestOf('two');
  bench.join(one, 's');
  bench.join(two, 'r');
  bench.commands();
  bench.plan(one);
  bench.plan(two);
  assert.deepEqual(bench.types(), ['listen']);
  bench.complete.add(one.content.id);
  bench.handler.handleReceptionEnded(one.content.id, { outcome: 'complete' });
  assert.deepEqual(bench.types(), ['verify']);
  bench.handler.handleVerified(one.content.id, { outcome: 'verified' });
  assert.deepEqual(bench.types(), ['execute']);
  bench.handler.handleExecuted('one', 1, { outcome: 'succeeded' });
  assert.deepEqual(bench.types(), ['execute']);
  bench.handler.handleExecuted('two', 1, { outcome: 'succeeded' });
  assert.deepEqual(bench.types(), ['releaseContent']);
});

test('cancel ends what is not being carried out, and leaves the true result to what is', () => {
  const bench = new Bench();
  bench.receive(manifestOf('running', { weight: 500 }));
  bench.commands();
  bench.receive(manifestOf('waiting', { content: contentOf('b') }));
  bench.commands();
  bench.reported();
  bench.handler.handleDecision({ taskId: 'waiting', attempt: 1, decision: 'cancelled' });
  assert.deepEqual(bench.commands(), [{ type: 'releaseContent', contentId: contentOf('b').id, isRetained: true }]);
  assert.deepEqual(
    bench.reported().map(({ taskId, state }) => [taskId, state]),
    [['waiting', 'cancelled']],
  );
  bench.handler.handleDecision({ taskId: 'running', attempt: 1, decision: 'cancelled' });
  bench.handler.handleDecision({ taskId: 'running', attempt: 1, decision: 'cancelled' });
  const cancels = bench.types().filter((type) => type === 'cancelExecution');
  assert.deepEqual(cancels, ['cancelExecution']);
  bench.handler.handleExecuted('running', 1, { outcome: 'succeeded' });
  bench.commands();
  assert.deepEqual(
    bench.reported().map(({ state }) => state),
    ['succeeded'],
  );
});

test('a retry begins a new attempt, and not while the old one is still being carried out', () => {
  const bench = new Bench();
  bench.receive(manifestOf('t'));
  bench.commands();
  const second = manifestOf('t', { attempt: 2 });
  bench.fetch(second);
  assert.deepEqual(bench.types(), ['cancelExecution']);
  bench.handler.handleExecuted('t', 1, { outcome: 'cancelled', code: 'cancelled', message: '' });
  assert.ok(bench.types().includes('ask'));
  bench.fetch(second);
  assert.deepEqual(bench.types(), ['plan']);
  bench.fetch(manifestOf('t'));
  assert.deepEqual(bench.types(), []);
});

test('the end of an attempt that the device never heard of ends the older one that it knows', () => {
  const bench = new Bench();
  bench.fetch(manifestOf('t'));
  bench.commands();
  bench.handler.handleDecision({ taskId: 't', attempt: 3, decision: 'done' });
  assert.deepEqual(bench.handler.openTasks(), []);
});

test('an answer that the server gave before it knew of the end does not begin the task anew', () => {
  const bench = new Bench();
  const manifest = manifestOf('t');
  bench.receive(manifest);
  bench.commands();
  bench.handler.handleExecuted('t', 1, { outcome: 'succeeded' });
  bench.commands();
  bench.reported();
  assert.ok(bench.types().includes('forget'));
  bench.fetch(manifest);
  assert.deepEqual(bench.types(), []);
  bench.fetch({ ...manifest, attempt: 2 });
  assert.deepEqual(bench.types(), ['plan']);
});

test('a task that the server still has open when it is asked after the end is done again, and reported above its row', () => {
  const bench = new Bench();
  const manifest = manifestOf('t');
  bench.receive(manifest);
  bench.commands();
  bench.handler.handleExecuted('t', 1, { outcome: 'succeeded' });
  bench.commands();
  bench.reported();
  bench.commands();
  bench.handler.handleAsking();
  bench.fetch(manifest, 17);
  assert.deepEqual(bench.types(), ['plan']);
  bench.handler.handlePlanned('t', 1, { decision: 'already_present' });
  bench.commands();
  assert.deepEqual(
    bench.reported().map(({ sequence, state }) => [sequence, state]),
    [[18, 'succeeded']],
  );
});

test('a device whose journal is older than the row reports above the row', () => {
  const bench = new Bench();
  const manifest = manifestOf('t');
  bench.fetch(manifest);
  bench.commands();
  bench.fetch(manifest, 40);
  bench.plan(manifest);
  bench.commands();
  assert.deepEqual(
    bench.reported().map(({ sequence, state }) => [sequence, state]),
    [[41, 'receiving']],
  );
});

test('after a restart an attempt that was being carried out is verified and carried out again, with higher sequences', () => {
  const bench = new Bench();
  const manifest = manifestOf('t');
  bench.receive(manifest);
  bench.commands();
  bench.reported();
  bench.commands();
  assert.equal(bench.records.get('t#1')!.stage, 'executing');
  bench.handler = bench.make();
  bench.handler.restore([...bench.records.values()]);
  assert.deepEqual(bench.types(), ['verify']);
  bench.handler.handleVerified(manifest.content.id, { outcome: 'verified' });
  assert.deepEqual(bench.types(), ['execute']);
  assert.deepEqual(
    bench.reported().map(({ sequence, state }) => [sequence, state]),
    [
      [4, 'received'],
      [5, 'executing'],
    ],
  );
});

test('after a restart an action that was cut off goes on before all others, unless its content is gone', () => {
  const interrupted = manifestOf('interrupted');
  const heavy = manifestOf('heavy', { weight: 500, content: contentOf('b') });
  for (const isContentThere of [true, false]) {
    const bench = new Bench();
    bench.receive(interrupted);
    bench.commands();
    bench.receive(heavy);
    bench.commands();
    const restart = (): void => {
      bench.handler = bench.make();
      bench.handler.restore([...bench.records.values()]);
    };
    restart();
    assert.deepEqual(bench.types(), ['verify', 'verify']);
    bench.handler.handleVerified(heavy.content.id, { outcome: 'verified' });
    assert.deepEqual(bench.types(), []);
    // It is remembered over another restart as well, wherever that comes.
    restart();
    bench.commands();
    bench.handler.handleVerified(heavy.content.id, { outcome: 'verified' });
    if (!isContentThere) bench.complete.delete(interrupted.content.id);
    bench.handler.handleVerified(interrupted.content.id, { outcome: isContentThere ? 'verified' : 'short' });
    const executed = bench.commands().find((command) => command.type === 'execute');
    assert.equal(executed?.manifest.taskId, isContentThere ? 'interrupted' : 'heavy');
  }
});

test('an expired task is not begun; the server says what becomes of it', () => {
  const bench = new Bench();
  bench.utc = 2_000_000;
  bench.receive(manifestOf('t'));
  assert.deepEqual(bench.types(), []);
  bench.reported();
  bench.handler.handleDecision({ taskId: 't', attempt: 1, decision: 'done' });
  assert.deepEqual(bench.types(), ['releaseContent', 'forget']);
});

test('content that turns out to be wrong is received again, content that cannot be right fails the task', () => {
  const bench = new Bench();
  const manifest = manifestOf('t');
  bench.fetch(manifest);
  bench.commands();
  bench.complete.add(manifest.content.id);
  bench.plan(manifest);
  assert.deepEqual(bench.types(), ['verify']);
  bench.complete.delete(manifest.content.id);
  bench.handler.handleVerified(manifest.content.id, { outcome: 'short' });
  assert.deepEqual(bench.types(), ['fetch']);
  bench.handler.handleReceptionEnded(manifest.content.id, {
    outcome: 'failed',
    error: { code: 'content_corrupt', message: 'bad' },
  });
  bench.commands();
  const last = bench.reported().at(-1);
  assert.deepEqual([last?.state, last?.error?.code], ['failed', 'content_corrupt']);
});

test('the content is lent to the action that is carried out when no other open task has it, and is verified anew for the next', () => {
  const bench = new Bench();
  const first = manifestOf('first');
  bench.receive(first);
  assert.equal(bench.handler.lendContent('first', 1), false);
  assert.ok(bench.types().includes('execute'));
  assert.equal(bench.handler.lendContent('second', 1), false);
  assert.equal(bench.handler.lendContent('first', 1), true);

  const second = manifestOf('second');
  bench.fetch(second);
  bench.commands();
  assert.equal(bench.handler.lendContent('first', 1), false);
  bench.plan(second);
  assert.deepEqual(bench.types(), ['verify']);
});

test('an attempt that is not begun is reported above the row until the server has heard it, and leaves nothing behind', () => {
  const bench = new Bench();
  const error = { code: 'bad_signature', message: 'm' };
  bench.handler.reportUnbegun({ taskId: 't', attempt: 2 }, 5, { state: 'rejected', error });
  assert.deepEqual(bench.handler.openTasks(), []);
  assert.deepEqual(bench.types(), []);
  const [report] = bench.handler.reportsToSend(100);
  const figures = { bytesMulticast: 0, bytesUnicast: 0 };
  assert.deepEqual(report, { taskId: 't', attempt: 2, sequence: 6, state: 'rejected', error, ...figures });
  // Offered and refused again while the first word of it was under way.
  bench.handler.reportUnbegun({ taskId: 't', attempt: 2 }, 6, { state: 'rejected', error });
  bench.handler.handleAcknowledged([report]);
  assert.deepEqual(
    bench.reported().map(({ sequence }) => sequence),
    [7],
  );
  assert.deepEqual(bench.reported(), []);
  assert.equal(bench.records.size, 0);
});
