import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { countLeaves } from '@rollcall/api';
import type { ActionResult } from '../src/actions/action.ts';
import type { Actions } from '../src/run/action-runner.ts';
import { AgentBench, until } from './agent-bench.ts';
import { randomContent, type TestTask } from './small-server.ts';
import { contentOf } from './test-content.ts';

/** The small server's. */
const LEAF_SIZE = 65_536;

const copyTo = (to: string) => ({ kind: 'copy', to, form: 'file', name: 'source' }) as const;

async function untilEnded(bench: AgentBench, { manifest }: TestTask, state = 'succeeded'): Promise<void> {
  const { taskId } = manifest;
  await until(`${taskId} is ${state}`, () => bench.server.statesOf(taskId).at(-1) === state);
}

test('a device joins, connects, completes a copy by unicast and reports it', async () => {
  await using bench = await AgentBench.open();
  const bytes = randomContent(3_000_000);
  const task = bench.server.addTask(bytes, copyTo('copy.bin'));
  await bench.join();
  const agent = await bench.start();
  await agent.ready;
  await untilEnded(bench, task);
  assert.ok((await bench.received('copy.bin')).equals(bytes));
  assert.deepEqual(bench.server.statesOf('task-1'), ['receiving', 'received', 'executing', 'succeeded']);
  const { bytesMulticast, bytesUnicast } = bench.server.lastReportOf('task-1')!;
  assert.deepEqual([bytesMulticast, bytesUnicast], [0, bytes.length]);
  assert.equal(bench.server.leafBytesSent, bytes.length);
  await until('nothing is left of the task', async () => {
    const left = await Promise.all(['tasks', 'contents'].map((name) => readdir(join(bench.data, 'journal', name))));
    return left.flat().length === 0 && (await readdir(join(bench.data, 'staging'))).length === 0;
  });
});

test('a wake-up brings a task that did not exist when the device connected; empty objects are tasks as well', async () => {
  await using bench = await AgentBench.open();
  await bench.join();
  const agent = await bench.start();
  await agent.ready;
  await until('the device has asked', () => bench.server.requests.length > 0);
  const task = bench.server.addTask(Buffer.alloc(0), copyTo('empty'));
  bench.server.wake();
  await untilEnded(bench, task);
  assert.equal((await bench.received('empty')).length, 0);
  assert.equal(bench.server.leafRequests.length, 0);
});

test('an answer that is cut off costs no more than the leaf in flight', async () => {
  await using bench = await AgentBench.open();
  const bytes = randomContent(5_000_000);
  const task = bench.server.addTask(bytes, copyTo('copy.bin'));
  bench.server.leafFaults.push({ kind: 'cut' }, { kind: 'cut' }, { kind: 'cut' });
  await bench.join();
  await bench.start();
  await untilEnded(bench, task);
  assert.ok((await bench.received('copy.bin')).equals(bytes));
  assert.ok(
    bench.server.leafBytesSent <= bytes.length + 3 * LEAF_SIZE,
    `${bench.server.leafBytesSent} bytes were sent`,
  );
});

test('a corrupt leaf is fetched again, and only that one', async () => {
  await using bench = await AgentBench.open();
  const bytes = randomContent(1_000_000);
  const task = bench.server.addTask(bytes, copyTo('copy.bin'));
  bench.server.leafFaults.push({ kind: 'corrupt' });
  await bench.join();
  await bench.start();
  await untilEnded(bench, task);
  assert.ok((await bench.received('copy.bin')).equals(bytes));
  assert.deepEqual(bench.server.leafRequests, [[[0, 16]], [[0, 1]]]);
});

test('a leaf that is corrupt at every arrival fails the task, and says so', async () => {
  await using bench = await AgentBench.open();
  const task = bench.server.addTask(randomContent(200_000), copyTo('copy.bin'));
  for (let fault = 0; fault < 10; fault += 1) bench.server.leafFaults.push({ kind: 'corrupt' });
  await bench.join();
  await bench.start();
  await untilEnded(bench, task, 'failed');
  assert.equal(bench.server.lastReportOf('task-1')!.error!.code, 'content_corrupt');
  assert.ok(bench.server.leafRequests.length <= 4);
});

test('content that is not encrypted is completed as well', async () => {
  await using bench = await AgentBench.open();
  const bytes = randomContent(500_000);
  const task = bench.server.addTask(bytes, copyTo('copy.bin'), { encoding: 'identity' });
  await bench.join();
  await bench.start();
  await untilEnded(bench, task);
  assert.ok((await bench.received('copy.bin')).equals(bytes));
});

test('a key that does not open the content fails the task at once, and so does another digest of the plaintext', async () => {
  await using bench = await AgentBench.open();
  const contentKey = Buffer.alloc(32).toString('base64url');
  const wrongKey = bench.server.addTask(randomContent(200_000), copyTo('one.bin'), { contentKey });
  const bytes = randomContent(100_000);
  const right = contentOf(bytes, LEAF_SIZE, 'aes-256-gcm').description;
  const wrongDigest = bench.server.addTask(bytes, copyTo('two.bin'), { content: { ...right, sha256: '0'.repeat(64) } });
  await bench.join();
  await bench.start();
  for (const task of [wrongKey, wrongDigest]) {
    await untilEnded(bench, task, 'failed');
    assert.equal(bench.server.lastReportOf(task.manifest.taskId)!.error!.code, 'content_mismatch');
  }
  await assert.rejects(bench.received('one.bin'), { code: 'ENOENT' });
  await assert.rejects(bench.received('two.bin'), { code: 'ENOENT' });
});

test('an encrypted content without a key, and a plain one with one, are refused', async () => {
  await using bench = await AgentBench.open();
  const contentKey = Buffer.alloc(32).toString('base64url');
  bench.server.addTask(randomContent(1000), copyTo('x'), { encoding: 'identity', contentKey });
  const keyless = bench.server.addTask(randomContent(1000), copyTo('y'));
  delete (keyless.manifest as { contentKey?: string }).contentKey;
  await bench.join();
  await bench.start();
  for (const taskId of ['task-1', 'task-2']) {
    await until(`${taskId} is refused`, () => bench.server.statesOf(taskId).at(-1) === 'rejected');
    assert.equal(bench.server.lastReportOf(taskId)!.error!.code, 'bad_manifest');
  }
});

test('without a slot the device asks again when it was told to', async () => {
  await using bench = await AgentBench.open();
  const task = bench.server.addTask(randomContent(100_000), copyTo('copy.bin'));
  bench.server.leafFaults.push({ kind: 'refused' });
  await bench.join();
  await bench.start();
  await untilEnded(bench, task);
  assert.equal(bench.server.requests.length, 2);
});

test('what the device holds is said in the completion request, and only the rest travels after a restart', async () => {
  await using bench = await AgentBench.open();
  const bytes = randomContent(5_000_000);
  const task = bench.server.addTask(bytes, copyTo('copy.bin'));
  bench.server.leafFaults.push({ kind: 'silent' });
  await bench.join();
  const first = await bench.start();
  // Three fifths, of which the last leaf is not whole.
  const arrives = Math.floor((0.6 * bytes.length) / LEAF_SIZE) * LEAF_SIZE;
  const file = join(bench.data, 'journal', 'contents', task.manifest.content.id, 'content');
  await until('most has arrived', async () => {
    const written = await readFile(file).catch(() => Buffer.alloc(0));
    return written.subarray(0, arrives).equals(bytes.subarray(0, arrives));
  });
  await first.close();
  const sentBefore = bench.server.leafBytesSent;
  const asked = bench.server.requests.length;
  await bench.start();
  await untilEnded(bench, task);
  assert.ok((await bench.received('copy.bin')).equals(bytes));
  const [held] = bench.server.requests[asked]!.held;
  const missing = countLeaves(held!.missing!) * LEAF_SIZE;
  assert.ok(missing < bytes.length / 2, `${missing} bytes were asked for again`);
  assert.ok(bench.server.leafBytesSent - sentBefore <= missing);
});

test('a download keeps to the rate that the owner allows', async () => {
  await using bench = await AgentBench.open();
  const task = bench.server.addTask(randomContent(1_000_000), copyTo('copy.bin'));
  await bench.join();
  const start = performance.now();
  await bench.start({ downloadRateBitsPerSecond: 8_000_000 });
  await untilEnded(bench, task);
  const seconds = (performance.now() - start) / 1000;
  assert.ok(seconds > 0.7 && seconds < 5, `1 MB at 1 MB/s took ${seconds} s`);
});

test('two tasks with the same content receive it once, and both succeed', async () => {
  await using bench = await AgentBench.open();
  const bytes = randomContent(400_000);
  const one = bench.server.addTask(bytes, copyTo('one.bin'));
  const two = bench.server.addTask(bytes, copyTo('two.bin'));
  await bench.join();
  await bench.start();
  await untilEnded(bench, one);
  await untilEnded(bench, two);
  assert.ok((await bench.received('one.bin')).equals(bytes));
  assert.ok((await bench.received('two.bin')).equals(bytes));
  assert.equal(bench.server.leafBytesSent, bytes.length);
});

test('a task for another platform, or a path outside the roots, is rejected without a byte sent', async () => {
  await using bench = await AgentBench.open();
  const foreign = bench.server.addTask(randomContent(1000), copyTo('x'), { platform: 'plan9/mips' });
  const outside = bench.server.addTask(randomContent(2000), copyTo('/etc/rollcall-test'));
  await bench.join();
  await bench.start();
  await untilEnded(bench, foreign, 'rejected');
  await untilEnded(bench, outside, 'rejected');
  assert.equal(bench.server.lastReportOf('task-1')!.error!.code, 'wrong_platform');
  assert.equal(bench.server.lastReportOf('task-2')!.error!.code, 'path_outside_roots');
  assert.equal(bench.server.leafRequests.length, 0);
});

test('reports made while the server is away arrive when it is back, and the action ran once', async () => {
  await using bench = await AgentBench.open();
  const bytes = randomContent(300_000);
  await bench.join();
  const performed: number[] = [];
  await bench.start({
    actions: {
      planAction: async () => ({ decision: 'perform', spaceNeeded: 0 }),
      performAction: async ({ attempt }) => {
        performed.push(attempt);
        await bench.server.hangUp();
        return { outcome: 'failed', code: 'script_failed', message: 'no', exitCode: 3 };
      },
      forgetAction: async () => undefined,
    },
  });
  const { devicePort } = bench.server;
  const task = bench.server.addTask(bytes, copyTo('copy.bin'));
  bench.server.wake();
  await until('the action ran', () => performed.length > 0);
  await bench.server.listen(devicePort);
  await untilEnded(bench, task, 'failed');
  assert.deepEqual(performed, [1]);
  assert.equal(bench.server.lastReportOf('task-1')!.exitCode, 3);
  const sequences = bench.server.reports.map(({ sequence }) => sequence);
  assert.deepEqual([...new Set(sequences)], [1, 2, 3, 4]);
});

test('an agent that ends in mid-action leaves it alone, and keeps its data directory until that is over', async () => {
  await using bench = await AgentBench.open();
  const performed = Promise.withResolvers<ActionResult>();
  const signals: AbortSignal[] = [];
  const actions: Actions = {
    planAction: async () => ({ decision: 'perform', spaceNeeded: 0 }),
    performAction: async ({ signal }) => {
      signals.push(signal);
      return performed.promise;
    },
    forgetAction: async () => undefined,
  };
  const task = bench.server.addTask(randomContent(1000), copyTo('copy.bin'));
  await bench.join();
  const agent = await bench.start({ actions });
  await until('the action runs', () => signals.length === 1);
  await agent.close();
  await assert.rejects(bench.start({ actions }), { code: 'locked' });
  assert.equal(signals[0]!.aborted, false);
  performed.resolve({ outcome: 'succeeded' });
  await until('the data directory is free', () =>
    bench.start({ actions }).then(
      () => true,
      () => false,
    ),
  );
  await untilEnded(bench, task);
  assert.equal(signals.length, 2);
});

test('an attempt that could not be undone is undone by the next start', async () => {
  await using bench = await AgentBench.open();
  const task = bench.server.addTask(randomContent(1000), copyTo('copy.bin'));
  let isBroken = true;
  let undone = 0;
  const actions: Actions = {
    planAction: async () => ({ decision: 'rejected', code: 'not_allowed', message: 'no' }),
    performAction: async () => ({ outcome: 'succeeded' }),
    forgetAction: async () => {
      if (isBroken) throw new Error('input/output error');
      undone += 1;
    },
  };
  await bench.join();
  const agent = await bench.start({ actions });
  await untilEnded(bench, task, 'rejected');
  await agent.close();
  isBroken = false;
  await bench.start({ actions });
  await until('it is undone', () => undone === 1);
});
