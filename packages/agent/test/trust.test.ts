import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Envelope, Manifest } from '@rollcall/api';
import { AgentBench, until } from './agent-bench.ts';
import { TestAuthority } from './certificates.ts';
import { TestDirector } from './director.ts';
import { randomContent, type SignedAnswer } from './small-server.ts';

const copyTo = (to: string) => ({ kind: 'copy', to, form: 'file', name: 'x' }) as const;

/** Every manifest of an answer goes through `change`, on the way from server to device. */
function inFlight(change: (manifest: Envelope) => Envelope) {
  return (answer: SignedAnswer): SignedAnswer => {
    if (answer.decisions === undefined) return answer;
    const decisions = answer.decisions.map((decision) =>
      'manifest' in decision && decision.manifest !== undefined
        ? { ...decision, manifest: change(decision.manifest) }
        : decision,
    );
    return { ...answer, decisions };
  };
}

const edited = (manifest: Envelope, edit: Partial<Manifest>): Envelope => {
  const parsed = JSON.parse(Buffer.from(manifest.payload, 'base64').toString()) as Manifest;
  return { ...manifest, payload: Buffer.from(JSON.stringify({ ...parsed, ...edit })).toString('base64') };
};

async function rejectionOf(bench: AgentBench, taskId: string): Promise<string> {
  await until(`${taskId} is rejected`, () => bench.server.lastReportOf(taskId)?.state === 'rejected');
  assert.deepEqual(bench.server.statesOf(taskId), ['rejected']);
  const { error } = bench.server.lastReportOf(taskId)!;
  assert.match(error!.message, /retry the task|create the task again/);
  return error!.code;
}

test('a manifest that is altered in flight is rejected with the reason, and nothing of it is done', async () => {
  await using bench = await AgentBench.open();
  const stranger = new TestDirector();
  const changes: ((manifest: Envelope) => Envelope)[] = [
    (manifest) => edited(manifest, { action: copyTo('elsewhere') }),
    (manifest) => edited(manifest, { audience: ['device-1'], weight: 1 }),
    (manifest) => ({ ...manifest, signatures: [] }),
    (manifest) => ({
      ...stranger.manifest(JSON.parse(Buffer.from(manifest.payload, 'base64').toString()) as Manifest),
    }),
  ];
  await bench.join();
  await bench.start();
  for (const change of changes) {
    bench.server.tamper = inFlight(change);
    const { manifest } = bench.server.addTask(randomContent(1000), copyTo('x'));
    bench.server.wake();
    assert.equal(await rejectionOf(bench, manifest.taskId), 'bad_signature');
  }
  assert.equal(bench.server.leafRequests.length, 0);
});

test('one for another device and one that has expired are rejected', async () => {
  await using bench = await AgentBench.open();
  const foreign = bench.server.addTask(randomContent(1000), copyTo('x'), { audience: ['device-2'] });
  const expired = bench.server.addTask(randomContent(1000), copyTo('x'), { expiresAt: Date.now() - 1000 });
  await bench.join();
  await bench.start();
  assert.equal(await rejectionOf(bench, foreign.manifest.taskId), 'wrong_audience');
  assert.equal(await rejectionOf(bench, expired.manifest.taskId), 'expired_manifest');
});

test('a bad manifest neither ends what was accepted before nor lends its words to the device', async () => {
  await using bench = await AgentBench.open();
  bench.server.leafFaults.push({ kind: 'cut' }, { kind: 'cut' });
  const task = bench.server.addTask(randomContent(300_000), copyTo('x'));
  await bench.join();
  await bench.start();
  await until('it is being received', () => bench.server.statesOf('task-1').includes('receiving'));
  bench.server.tamper = inFlight((manifest) => edited(manifest, { taskId: 'made-up', attempt: 7 }));
  const asked = bench.server.requests.length;
  bench.server.wake();
  await until('the altered answer was heard', () => bench.server.requests.length > asked);
  bench.server.tamper = (answer) => answer;
  bench.server.wake();
  await until('it has succeeded', () => bench.server.statesOf('task-1').includes('succeeded'));
  assert.deepEqual(await bench.received('x'), task.bytes);
  assert.ok(bench.server.reports.every(({ taskId, attempt }) => taskId === 'task-1' && attempt === 1));
});

test('an attempt that has ended is not done again, also after a restart: its end is told once more', async () => {
  await using bench = await AgentBench.open();
  const task = bench.server.addTask(randomContent(1000), copyTo('x'));
  await bench.join();
  await bench.start();
  await until('it has succeeded', () => bench.server.statesOf('task-1').includes('succeeded'));
  await writeFile(join(bench.data, 'files', 'x'), 'changed since');
  await bench.agent.close();
  bench.server.reports.length = 0;
  await bench.start();
  await until('it is told', () => bench.server.reports.length > 0);
  assert.deepEqual(bench.server.statesOf('task-1'), ['succeeded']);
  assert.equal(bench.server.lastReportOf('task-1')!.isAlreadyPresent, true);
  assert.equal((await bench.received('x')).toString(), 'changed since');
  // The operator's retry is another attempt, and is done.
  const retried = { ...task, manifest: { ...task.manifest, attempt: 2 } };
  bench.server.tasks[0] = retried;
  bench.server.wake();
  await until('it is done', () => bench.server.statesOf('task-1', 2).includes('succeeded'));
  assert.deepEqual(await bench.received('x'), task.bytes);
  bench.server.tasks[0] = task;
  bench.server.reports.length = 0;
  bench.server.wake();
  assert.equal(await rejectionOf(bench, 'task-1'), 'replayed_attempt');
});

test('a server that does not show its director, or whose time is no answer, is not listened to', async () => {
  await using bench = await AgentBench.open();
  const [stranger, otherAuthority] = [new TestDirector(), new TestAuthority()];
  let earlier: Envelope | undefined;
  const nonce = 'n'.repeat(32);
  const forgeries: ((answer: SignedAnswer) => SignedAnswer)[] = [
    (answer) => ({ ...answer, director: stranger.keys(otherAuthority) }),
    (answer) => ({ ...answer, time: stranger.time(Date.now(), nonce) }),
    (answer) => ({ ...answer, time: bench.server.director.time(Date.now(), nonce) }),
    (answer) => ({
      ...answer,
      time: (earlier ??= answer.time) === answer.time ? { ...earlier, signatures: [] } : earlier,
    }),
  ];
  const { manifest } = bench.server.addTask(randomContent(1000), copyTo('x'));
  await bench.join();
  for (const forgery of forgeries) {
    bench.server.tamper = forgery;
    const checkIns = bench.server.checkIns;
    const agent = await bench.start();
    await until('it has tried twice', () => bench.server.checkIns > checkIns + 1);
    await agent.close();
    assert.deepEqual([bench.server.requests, bench.server.reports], [[], []]);
  }
  bench.server.tamper = (answer) => answer;
  await bench.start();
  await until('it has succeeded', () => bench.server.statesOf(manifest.taskId).includes('succeeded'));
});

for (const [year, clock] of [
  ['1970', 5000],
  ['2050, which its authority outlives', Date.UTC(2050, 0) - 1000],
  ['2100', Date.UTC(2100, 0)],
] as const) {
  test(`a device whose clock says ${year} completes its tasks unaided`, async () => {
    await using bench = await AgentBench.open();
    const begin = performance.now();
    const now = (): number => Math.round(clock + performance.now() - begin);
    bench.server.addTask(randomContent(1000), copyTo('x'), { notBefore: Date.now() - 1000 });
    await bench.join();
    await bench.start({ now });
    await until('it has succeeded', () => bench.server.statesOf('task-1').includes('succeeded'));
    assert.ok(Math.abs(bench.server.clocks[0]! - clock) < 60_000, 'the server hears what the clock says');
    const kept = JSON.parse(await readFile(join(bench.data, 'trust.json'), 'utf8')) as { serverTime: number };
    assert.ok(Math.abs(kept.serverTime - Date.now()) < 60_000, 'the next start knows better');
    await bench.agent.close();
    bench.server.addTask(randomContent(1000), copyTo('y'), { expiresAt: Date.now() - 1000 });
    await bench.start({ now });
    assert.equal(await rejectionOf(bench, 'task-2'), 'expired_manifest');
  });
}
