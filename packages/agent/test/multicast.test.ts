import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import type { SessionDescription } from '@rollcall/api';
import { startSenderSession, type SenderProgress, type SenderSessionHandle } from '@rollcall/transport';
import { AgentBench, until } from './agent-bench.ts';
import { randomContent, type TestTask } from './small-server.ts';
import { withSameTag } from './with-same-tag.ts';

const copyTo = (to: string) => ({ kind: 'copy', to, form: 'file', name: 'source' }) as const;
const SYMBOL_BYTES = 1400;
const SENDER_KEY = '01'.repeat(16);
const FEEDBACK_SECRET = '02'.repeat(16);
/** Of node 2, under that secret. */
const FEEDBACK_KEY = '0ac3477a62df2aa3416319abf1c19f11';

/** A sender on loopback, with the leaf table as object 1 and the content as object 2, and how the server describes it. */
class TestSession {
  readonly description: SessionDescription;
  /** Of the sender, as last told. */
  progress: SenderProgress | undefined;
  readonly #table: Uint8Array;
  readonly #content: Uint8Array;
  readonly #senders: SenderSessionHandle[] = [];

  constructor(
    task: TestTask,
    port: number,
    table: Uint8Array = task.leafTable,
    content: Uint8Array = task.travelling,
    keys: Partial<SessionDescription['authentication']> = {},
  ) {
    const { id } = task.manifest.content;
    this.#table = table;
    this.#content = content;
    this.description = {
      sessionId: `session-${port}`,
      siteId: 'default',
      mode: 'multicast',
      group: { address: `239.255.77.${randomInt(1, 255)}`, port },
      sender: { nodeId: 1, instanceId: randomInt(1, 65_536) },
      nodeId: 2,
      symbolSize: SYMBOL_BYTES,
      fec: { encodingId: 5, blockLength: 64, repairSymbolCount: 32 },
      objects: [
        { toi: 1, role: 'leaf-table', contentId: id, size: task.leafTable.length },
        { toi: 2, role: 'content', contentId: id, size: task.travelling.length },
      ],
      authentication: {
        scheme: 'nh-siphash-2-4-128',
        senderKey: SENDER_KEY,
        feedbackKey: FEEDBACK_KEY,
        senderRollover: 0,
        feedbackRollover: 0,
        ...keys,
      },
    };
  }

  /** For a device that has begun to listen so many times: its feedback counts anew, else it would be taken for a replay. */
  describe(readyCount: number): SessionDescription {
    const { authentication } = this.description;
    return { ...this.description, authentication: { ...authentication, feedbackRollover: readyCount } };
  }

  async send(): Promise<SenderSessionHandle> {
    const handle = await this.#start(this.#content);
    handle.end();
    return handle;
  }

  /** What another device of the session can do: it has the sender's key. */
  forge(content: Uint8Array): Promise<SenderSessionHandle> {
    return this.#start(content);
  }

  async #start(content: Uint8Array): Promise<SenderSessionHandle> {
    const { group, sender, fec } = this.description;
    const { blockLength, repairSymbolCount } = fec;
    const handle = await startSenderSession(
      {
        network: { mode: 'multicast', group, interface: 'lo' },
        nodeId: sender.nodeId,
        instanceId: sender.instanceId,
        rateBitsPerSecond: 100_000_000,
        symbolSize: SYMBOL_BYTES,
        fec: { scheme: 'reedSolomon', blockLength, repairSymbolCount },
        firstToi: 1,
        authentication: {
          senderKey: Buffer.from(SENDER_KEY, 'hex'),
          feedbackSecret: Buffer.from(FEEDBACK_SECRET, 'hex'),
        },
        objects: [{ content: { bytes: this.#table } }, { content: { bytes: content } }],
      },
      (event) => {
        if (event.type === 'progress') this.progress = event;
      },
    );
    this.#senders.push(handle);
    return handle;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender.close()));
  }
}

/** A port that nobody has at the moment. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  const { port } = socket.address();
  socket.close();
  return port;
}

/** The task's device is told to join until it is ready; then the session is sent, and what lacks then is fetched. */
async function receive(
  bench: AgentBench,
  task: TestTask,
  session: TestSession,
  before = () => Promise.resolve(),
): Promise<void> {
  let isOver = false;
  task.decide = (held) => {
    if (isOver || held?.missing?.length === 0) return undefined;
    const { ready } = bench.server;
    if (held?.sessionId === undefined) return { decision: 'join', session: session.describe(ready.length) };
    return { decision: 'wait', reason: 'multicast_running', retryAfterSeconds: 5 };
  };
  await bench.join();
  await bench.start({ interface: 'lo' });
  await until('the device is ready', () => bench.server.ready.includes(session.description.sessionId));
  await before();
  const sender = await session.send();
  await sender.ended;
  isOver = true;
  bench.server.wake();
  await until('the task has ended', () => bench.server.statesOf('task-1').at(-1) === 'succeeded', 30);
}

test('a device receives a content by multicast, the leaf table with it, and asks for nothing by unicast', async () => {
  await using bench = await AgentBench.open();
  const task = bench.server.addTask(randomContent(4_000_000), copyTo('copy.bin'));
  await using session = new TestSession(task, await freePort());
  await receive(bench, task, session);
  assert.ok((await bench.received('copy.bin')).equals(task.bytes));
  const { bytesMulticast, bytesUnicast } = bench.server.lastReportOf('task-1')!;
  assert.deepEqual([bytesMulticast, bytesUnicast], [task.bytes.length, 0]);
  assert.equal(bench.server.leafRequests.length, 0);
});

test('what a session carries is used only where it is right: the rest is fetched', async () => {
  await using bench = await AgentBench.open();
  const task = bench.server.addTask(randomContent(2_000_000), copyTo('copy.bin'));
  const content = Buffer.from(task.travelling);
  content[70_000]! ^= 1;
  content[1_000_000]! ^= 1;
  await using session = new TestSession(task, await freePort(), task.leafTable, content);
  await receive(bench, task, session);
  assert.ok((await bench.received('copy.bin')).equals(task.bytes));
  const { bytesMulticast, bytesUnicast } = bench.server.lastReportOf('task-1')!;
  assert.deepEqual([bytesMulticast, bytesUnicast], [task.bytes.length - 2 * 65_536, 2 * 65_536]);
});

test('a leaf table that is not that of the manifest is not believed, and the right one is fetched', async () => {
  await using bench = await AgentBench.open();
  const task = bench.server.addTask(randomContent(2_000_000), copyTo('copy.bin'));
  const table = Buffer.from(task.leafTable);
  table[0]! ^= 1;
  await using session = new TestSession(task, await freePort(), table);
  await receive(bench, task, session);
  assert.ok((await bench.received('copy.bin')).equals(task.bytes));
});

test('a session that nobody sends does not keep a device from fetching when it is told to', async () => {
  await using bench = await AgentBench.open();
  const task = bench.server.addTask(randomContent(300_000), copyTo('copy.bin'));
  await using session = new TestSession(task, await freePort());
  let isBlocked = false;
  task.decide = (held) => {
    if (isBlocked || held?.missing?.length === 0) return undefined;
    return { decision: 'join', session: session.description };
  };
  await bench.join();
  await bench.start({ interface: 'lo' });
  await until('the device is ready', () => bench.server.ready.length > 0);
  isBlocked = true;
  bench.server.wake();
  await until('the task has ended', () => bench.server.statesOf('task-1').at(-1) === 'succeeded');
  assert.ok((await bench.received('copy.bin')).equals(task.bytes));
  const { bytesMulticast, bytesUnicast } = bench.server.lastReportOf('task-1')!;
  assert.deepEqual([bytesMulticast, bytesUnicast], [0, task.bytes.length]);
});

test('sessions of two tasks are received at the same time', async () => {
  await using bench = await AgentBench.open();
  const tasks = ['one.bin', 'two.bin'].map((name) => bench.server.addTask(randomContent(3_000_000), copyTo(name)));
  await using stack = new AsyncDisposableStack();
  const sessions: TestSession[] = [];
  for (const task of tasks) {
    const session = stack.use(new TestSession(task, await freePort()));
    sessions.push(session);
    task.decide = (held) =>
      held?.missing?.length === 0 ? undefined : { decision: 'join', session: session.description };
  }
  await bench.join();
  await bench.start({ interface: 'lo' });
  await until('the device listens to both', () => new Set(bench.server.ready).size === 2);
  await Promise.all(sessions.map(async (session) => (await session.send()).ended));
  for (const { manifest } of tasks) {
    const isOver = () => bench.server.statesOf(manifest.taskId).at(-1) === 'succeeded';
    await until('the task has ended', isOver, 30);
  }
  for (const [index, name] of ['one.bin', 'two.bin'].entries()) {
    assert.ok((await readFile(`${bench.data}/files/${name}`)).equals(tasks[index]!.bytes));
    assert.equal(bench.server.lastReportOf(`task-${index + 1}`)!.bytesUnicast, 0);
  }
});

test('of what another member forged the wrong pieces are taken again, and in the end the content is right', async () => {
  await using bench = await AgentBench.open();
  const task = bench.server.addTask(randomContent(8_000_000), copyTo('copy.bin'));
  await using session = new TestSession(task, await freePort());
  bench.server.symbolSize = SYMBOL_BYTES;
  await receive(bench, task, session, async () => {
    // The member begins, in the sender's name and under its key; the true one follows.
    const forger = await session.forge(randomContent(8_000_000));
    await until('the device asks what is right', () => bench.server.pieceRequests.length > 0);
    await forger.close();
  });
  assert.ok((await bench.received('copy.bin')).equals(task.bytes));
});

test('a session that goes on being forged is given up, and the content comes all the same', async () => {
  await using bench = await AgentBench.open();
  const task = bench.server.addTask(randomContent(8_000_000), copyTo('copy.bin'));
  await using session = new TestSession(task, await freePort());
  bench.server.symbolSize = SYMBOL_BYTES;
  bench.server.pieceAnswersLeft = 16;
  await receive(bench, task, session, async () => {
    const forger = await session.forge(randomContent(8_000_000));
    await until('the device gives up, and asks how it goes on', () => bench.server.ready.length > 1, 20);
    assert.equal(bench.server.pieceRequests.length, 17);
    await forger.close();
  });
  assert.ok((await bench.received('copy.bin')).equals(task.bytes));
});

test('who forges leaves that keep their tags is found out by the digest of the whole, and from then on by the hashes', async () => {
  await using bench = await AgentBench.open();
  const task = bench.server.addTask(randomContent(8_000_000), copyTo('copy.bin'));
  await using session = new TestSession(task, await freePort());
  bench.server.symbolSize = SYMBOL_BYTES;
  await receive(bench, task, session, async () => {
    const forger = await session.forge(withAllTagsKept(task));
    await until('the device asks what is right', () => bench.server.pieceRequests.length > 0, 20);
    await forger.close();
  });
  assert.ok((await bench.received('copy.bin')).equals(task.bytes));
});

function withAllTagsKept({ manifest, travelling }: TestTask): Buffer {
  const { leafSize, leafCount } = manifest.content;
  const key = Buffer.from(manifest.contentKey!, 'base64url');
  const leaves = Array.from({ length: leafCount }, (_, leaf) =>
    withSameTag(travelling.subarray(leaf * leafSize, (leaf + 1) * leafSize), key),
  );
  return Buffer.concat(leaves);
}

for (const [what, wrong] of [
  ["the sender's", { senderKey: '99'.repeat(16) }],
  ['both', { senderKey: '99'.repeat(16), feedbackKey: '88'.repeat(16) }],
] as const) {
  test(`a device whose session key is wrong (${what}) hears and asks for nothing, and completes by unicast`, async () => {
    await using bench = await AgentBench.open();
    const task = bench.server.addTask(randomContent(1_000_000), copyTo('copy.bin'));
    await using session = new TestSession(task, await freePort(), task.leafTable, task.travelling, wrong);
    await receive(bench, task, session);
    assert.ok((await bench.received('copy.bin')).equals(task.bytes));
    const { bytesMulticast, bytesUnicast } = bench.server.lastReportOf('task-1')!;
    assert.deepEqual([bytesMulticast, bytesUnicast], [0, task.bytes.length]);
    const { nackCount, unauthenticatedCount } = session.progress!;
    assert.deepEqual([nackCount, unauthenticatedCount], [0, 0], 'it does not bother the sender');
  });
}

test('a device whose feedback key is wrong asks in vain, is counted, and completes by unicast', async () => {
  await using bench = await AgentBench.open();
  const task = bench.server.addTask(randomContent(30_000_000), copyTo('copy.bin'));
  const wrong = { feedbackKey: '88'.repeat(16) };
  await using session = new TestSession(task, await freePort(), task.leafTable, task.travelling, wrong);
  let isOver = false;
  task.decide = (held) => {
    if (isOver || held?.missing?.length === 0) return undefined;
    return { decision: 'join', session: session.description };
  };
  await bench.join();
  // It comes in the middle, and lacks what was sent before.
  const sender = await session.forge(task.travelling);
  await bench.start({ interface: 'lo' });
  await until('it has asked for repair', () => (session.progress?.unauthenticatedCount ?? 0) > 0, 30);
  sender.end();
  await sender.ended;
  isOver = true;
  bench.server.wake();
  await until('the task has ended', () => bench.server.statesOf('task-1').at(-1) === 'succeeded', 30);
  assert.ok((await bench.received('copy.bin')).equals(task.bytes));
  assert.ok(bench.server.lastReportOf('task-1')!.bytesUnicast > 0);
  const { nackCount, repairCount } = session.progress!;
  assert.deepEqual([nackCount, repairCount], [0, 0], 'nothing was sent because of it');
});
