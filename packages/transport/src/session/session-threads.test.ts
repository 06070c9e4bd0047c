import type { ReceiverSessionEvent, SenderSessionEvent } from './session-events.ts';
import type { ReceiverSessionHandle } from './start-receiver-session.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, hash, randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { processMillis } from '../clock.ts';
import { LeafCipher } from '../content/leaf-cipher.ts';
import { TransportError } from '../transport-error.ts';
import { dismissSessionThread, prepareSessionThread } from './session-thread.ts';
import { startReceiverSession } from './start-receiver-session.ts';
import { startSenderSession } from './start-sender-session.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-sessions-'));
after(() => rmSync(folder, { recursive: true }));

const LEAF_SIZE = 65_536;
const SENDER = { nodeId: 1, instanceId: 7 };
const FEC = { scheme: 'reedSolomon', blockLength: 32, repairSymbolCount: 16 } as const;
let nextPort = 21_300;

function networkOf() {
  const group = { address: '239.255.77.2', port: nextPort++ };
  return { mode: 'multicast', group, interface: '127.0.0.1' } as const;
}

function leafTableOf(content: Uint8Array): Uint8Array {
  const leaves = Array.from({ length: Math.ceil(content.length / LEAF_SIZE) }, (_, leaf) =>
    content.subarray(leaf * LEAF_SIZE, (leaf + 1) * LEAF_SIZE),
  );
  return Buffer.concat(leaves.map((leaf) => createHash('sha256').update(Uint8Array.of(0)).update(leaf).digest()));
}

const encryption = { key: randomBytes(32), context: Buffer.from('context') };

/** As it travels, and its leaf table. */
function encrypted(content: Uint8Array): { readonly travelling: Uint8Array; readonly table: Uint8Array } {
  const cipher = new LeafCipher(encryption);
  const leaves = Array.from({ length: Math.ceil(content.length / LEAF_SIZE) }, (_, leaf) =>
    cipher.encrypt(leaf, content.subarray(leaf * LEAF_SIZE, (leaf + 1) * LEAF_SIZE)),
  );
  const entries = leaves.flatMap(({ bytes, tag }) => [leafTableOf(bytes), tag]);
  return { travelling: Buffer.concat(leaves.map(({ bytes }) => bytes)), table: Buffer.concat(entries) };
}

/** Collects events until all that are awaited have come. */
function collector() {
  const events: ReceiverSessionEvent[] = [];
  const waiting: (() => void)[] = [];
  return {
    events,
    onEvent(event: ReceiverSessionEvent): void {
      events.push(event);
      for (const check of waiting) check();
    },
    async until(isMet: (events: readonly ReceiverSessionEvent[]) => boolean): Promise<void> {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`only ${events.map(({ type }) => type).join(' ')}`)), 10_000);
        const check = (): void => {
          if (!isMet(events)) return;
          clearTimeout(timer);
          resolve();
        };
        waiting.push(check);
        check();
      });
    },
    verifiedLeaves(): number {
      return events
        .filter((event) => event.type === 'leavesVerified')
        .flatMap(({ leaves }) => leaves)
        .reduce((sum, { length }) => sum + length, 0);
    },
  };
}

for (const implementation of ['native', 'portable'] as const) {
  if (implementation === 'native' && process.platform !== 'linux') continue;

  test(`${implementation}: a file arrives by way of its leaf table, every leaf verified`, async () => {
    const network = { ...networkOf(), implementation };
    const content = randomBytes(40 * LEAF_SIZE + 1234);
    const table = leafTableOf(content);
    const source = join(folder, `source-${implementation}`);
    const path = join(folder, `target-${implementation}`);
    writeFileSync(source, content);
    const heard = collector();
    const receiver = await startReceiverSession(
      {
        network,
        nodeId: 2,
        sender: SENDER,
        objects: [
          { toi: 0, size: table.length, target: 'memory' },
          { toi: 1, size: content.length, target: { path }, leaves: { leafSize: LEAF_SIZE } },
        ],
        leafTables: [{ toi: 0, contentToi: 1, verify: (bytes) => table.every((byte, index) => byte === bytes[index]) }],
      },
      heard,
    );
    const begunAt = processMillis();
    const heardAt: number[] = [];
    const sender = await startSenderSession(
      { network, ...SENDER, rateBitsPerSecond: 400e6, fec: FEC, objects: [{ content: { bytes: table } }] },
      (event) => {
        if (event.type === 'feedback') heardAt.push(...event.receivers.map(({ lastHeardAt }) => lastHeardAt));
      },
    );
    sender.enqueue({ content: { path: source } });
    sender.requireAcknowledgement([2]);
    sender.end();
    await heard.until(() => heard.verifiedLeaves() === 41);
    await sender.ended;
    assert.deepEqual(await receiver.missingRanges(1), []);
    await receiver.close();
    assert.ok(readFileSync(path).equals(content));
    // On a clock that this thread has as well.
    assert.ok(heardAt.length > 0 && heardAt.every((at) => at >= begunAt && at <= processMillis()), heardAt.join(' '));
  });
}

async function receiveOver(held: readonly { readonly offset: number; readonly length: number }[]): Promise<{
  readonly receiver: ReceiverSessionHandle;
  readonly heard: ReturnType<typeof collector>;
  readonly content: Uint8Array;
  readonly network: ReturnType<typeof networkOf>;
  readonly path: string;
}> {
  const network = networkOf();
  const content = randomBytes(8 * LEAF_SIZE);
  const path = join(folder, `target-${randomInt(2 ** 32)}`);
  const file = new Uint8Array(content.length);
  for (const { offset, length } of held) file.set(content.subarray(offset, offset + length), offset);
  writeFileSync(path, file);
  const heard = collector();
  const leaves = { leafSize: LEAF_SIZE, table: leafTableOf(content) };
  const objects = [{ toi: 0, size: content.length, target: { path }, held, leaves }];
  const receiver = await startReceiverSession({ network, nodeId: 2, sender: SENDER, objects }, heard);
  return { receiver, heard, content, network, path };
}

test('what was held is not reported, what was put by another path is not missing', async () => {
  const { receiver } = await receiveOver([{ offset: 0, length: 2 * LEAF_SIZE }]);
  receiver.markHeld(0, { offset: 4 * LEAF_SIZE, length: LEAF_SIZE });
  assert.deepEqual(await receiver.missingRanges(0), [
    { offset: 2 * LEAF_SIZE, length: 2 * LEAF_SIZE },
    { offset: 5 * LEAF_SIZE, length: 3 * LEAF_SIZE },
  ]);
  await receiver.close();
});

test('held bytes stay as they are, and the rest is verified', async () => {
  const { receiver, heard, content, network, path } = await receiveOver([{ offset: 0, length: 2 * LEAF_SIZE }]);
  const sender = await startSenderSession(
    { network, ...SENDER, rateBitsPerSecond: 400e6, fec: FEC, objects: [{ content: { bytes: content } }] },
    () => undefined,
  );
  sender.end();
  await heard.until(() => heard.verifiedLeaves() === 6);
  await sender.ended;
  await receiver.close();
  assert.ok(readFileSync(path).equals(content));
});

test('an encrypted object arrives as plaintext, also where held leaves help to decode the rest', async () => {
  const network = networkOf();
  const content = randomBytes(8 * LEAF_SIZE + 77);
  const { travelling, table } = encrypted(content);
  const path = join(folder, 'target-encrypted');
  const held = [
    { offset: 0, length: 2 * LEAF_SIZE },
    { offset: 5 * LEAF_SIZE, length: LEAF_SIZE },
  ];
  const file = new Uint8Array(content.length);
  for (const { offset, length } of held) file.set(content.subarray(offset, offset + length), offset);
  writeFileSync(path, file);
  const heard = collector();
  const leaves = { leafSize: LEAF_SIZE, table, encryption };
  const objects = [{ toi: 0, size: content.length, target: { path }, held, leaves }];
  const receiver = await startReceiverSession({ network, nodeId: 2, sender: SENDER, objects }, heard);
  // Unasked only the last leaf is sent: what is asked for comes as repair symbols first.
  const ranges = [{ offset: 8 * LEAF_SIZE, length: 77 }];
  const sender = await startSenderSession(
    { network, ...SENDER, rateBitsPerSecond: 400e6, fec: FEC, objects: [{ content: { bytes: travelling }, ranges }] },
    () => undefined,
  );
  await heard.until(() => heard.verifiedLeaves() === 6);
  sender.end();
  await sender.ended;
  await receiver.close();
  assert.ok((receiver.progress?.decodedSymbolCount ?? 0) > 0, 'nothing was decoded');
  assert.deepEqual(
    heard.events.filter(({ type }) => type === 'leafCorrupt'),
    [],
  );
  assert.ok(readFileSync(path).equals(content));
});

test('a key that is not that of the object opens nothing: its leaves are corrupt, and stay as they came', async () => {
  const network = networkOf();
  const content = randomBytes(2 * LEAF_SIZE);
  const { travelling, table } = encrypted(content);
  const path = join(folder, 'target-wrong-key');
  const heard = collector();
  const leaves = { leafSize: LEAF_SIZE, table, encryption: { ...encryption, key: randomBytes(32) } };
  const objects = [{ toi: 0, size: content.length, target: { path }, leaves }];
  const receiver = await startReceiverSession({ network, nodeId: 2, sender: SENDER, objects }, heard);
  const sender = await startSenderSession(
    { network, ...SENDER, rateBitsPerSecond: 400e6, fec: FEC, objects: [{ content: { bytes: travelling } }] },
    () => undefined,
  );
  sender.end();
  await heard.until((events) => events.filter(({ type }) => type === 'leafCorrupt').length === 2);
  await sender.ended;
  await receiver.close();
  assert.equal(heard.verifiedLeaves(), 0);
  assert.ok(readFileSync(path).equals(travelling));
});

test('a leaf of other bytes than the table names is reported as corrupt, and missing', async () => {
  const { receiver, heard, content, network } = await receiveOver([]);
  const wrong = content.slice();
  wrong[3 * LEAF_SIZE + 5] = (wrong[3 * LEAF_SIZE + 5] ?? 0) ^ 255;
  const sender = await startSenderSession(
    { network, ...SENDER, rateBitsPerSecond: 400e6, fec: FEC, objects: [{ content: { bytes: wrong } }] },
    () => undefined,
  );
  sender.end();
  await heard.until((events) => events.some((event) => event.type === 'leafCorrupt' && event.leaf === 3));
  await heard.until(() => heard.verifiedLeaves() === 7);
  assert.deepEqual(await receiver.missingRanges(0), [{ offset: 3 * LEAF_SIZE, length: LEAF_SIZE }]);
  await sender.ended;
  await receiver.close();
});

test('leaves whose table comes last of all are verified before the session is closed', async () => {
  const network = networkOf();
  const content = randomBytes(200 * LEAF_SIZE);
  const heard = collector();
  const leaves = { leafSize: LEAF_SIZE };
  const path = join(folder, 'late-table');
  const objects = [{ toi: 0, size: content.length, target: { path }, leaves }];
  const receiver = await startReceiverSession({ network, nodeId: 2, sender: SENDER, objects }, heard);
  const sender = await startSenderSession(
    { network, ...SENDER, rateBitsPerSecond: 800e6, fec: FEC, objects: [{ content: { bytes: content } }] },
    () => undefined,
  );
  sender.end();
  await heard.until((events) => events.some(({ type }) => type === 'objectCompleted'));
  assert.equal(heard.verifiedLeaves(), 0);
  receiver.setLeafTable(0, leafTableOf(content));
  await receiver.close();
  assert.equal(heard.verifiedLeaves(), 200);
  await sender.close();
});

test('bytes that wait in memory for a range put by another path are written when it is held', async () => {
  const network = networkOf();
  const content = randomBytes(8 * LEAF_SIZE);
  const other = { offset: 3 * LEAF_SIZE, length: LEAF_SIZE };
  const end = other.offset + other.length;
  const path = join(folder, 'two-paths');
  const file = new Uint8Array(content.length);
  file.set(content.subarray(other.offset, end), other.offset);
  writeFileSync(path, file);
  const heard = collector();
  const leaves = { leafSize: LEAF_SIZE, table: leafTableOf(content) };
  const objects = [{ toi: 0, size: content.length, target: { path }, leaves }];
  const receiver = await startReceiverSession({ network, nodeId: 2, sender: SENDER, silent: true, objects }, heard);
  const ranges = [
    { offset: 0, length: other.offset },
    { offset: end, length: content.length - end },
  ];
  const sender = await startSenderSession(
    { network, ...SENDER, rateBitsPerSecond: 200e6, fec: FEC, objects: [{ content: { bytes: content }, ranges }] },
    () => undefined,
  );
  sender.end();
  await heard.until((events) => events.some(({ type }) => type === 'endOfTransmission'));
  receiver.markHeld(0, other);
  await heard.until((events) => events.some(({ type }) => type === 'objectCompleted'));
  await receiver.close();
  await sender.close();
  assert.ok(readFileSync(path).equals(content));
  assert.equal(heard.verifiedLeaves(), 7);
});

test('a file that cannot be created ends its object alone', async () => {
  const network = networkOf();
  const content = randomBytes(2 * LEAF_SIZE);
  const heard = collector();
  const path = join(folder, 'beside-a-failure');
  const objects = [{ toi: 1, size: content.length, target: { path } }];
  const unexpected = { folder: join(folder, 'none'), namePrefix: '' };
  const receiver = await startReceiverSession({ network, nodeId: 2, sender: SENDER, objects, unexpected }, heard);
  const content0 = { content: { bytes: randomBytes(1000) } };
  const sender = await startSenderSession(
    { network, ...SENDER, rateBitsPerSecond: 400e6, fec: FEC, objects: [content0, { content: { bytes: content } }] },
    () => undefined,
  );
  sender.end();
  await heard.until((events) => events.some((event) => event.type === 'objectCompleted' && event.object.toi === 1));
  await receiver.close();
  await sender.close();
  const aborted = heard.events.filter((event) => event.type === 'objectAborted');
  assert.deepEqual(
    aborted.map(({ object, reason, failure }) => [object.toi, reason, failure?.code]),
    [[0, 'sinkFailed', 'file_failed']],
  );
  assert.ok(readFileSync(path).equals(content));
});

test('an object that nobody expected is digested by the session that receives it, its last bytes as well', async () => {
  const network = networkOf();
  // The second comes while the first may still be read.
  const contents = [randomBytes(3_000_001), randomBytes(10)];
  const heard = collector();
  const unexpected = { folder, namePrefix: 'digested-', areDigested: true };
  const receiver = await startReceiverSession({ network, nodeId: 2, sender: SENDER, objects: [], unexpected }, heard);
  const objects = contents.map((bytes) => ({ content: { bytes } }));
  const sender = await startSenderSession(
    { network, ...SENDER, rateBitsPerSecond: 400e6, fec: FEC, objects },
    () => undefined,
  );
  sender.end();
  const digestsOf = (events: readonly ReceiverSessionEvent[]) =>
    events.filter((event) => event.type === 'objectDigested');
  await heard.until((events) => digestsOf(events).length === 2);
  await receiver.close();
  await sender.close();
  assert.deepEqual(
    new Map(digestsOf(heard.events).map(({ object, sha256 }) => [object.toi, sha256])),
    new Map(contents.map((bytes, toi) => [toi, createHash('sha256').update(bytes).digest('hex')])),
  );
  const order = heard.events.filter(({ type }) => type === 'objectCompleted' || type === 'objectDigested');
  assert.equal(order[0]?.type, 'objectCompleted', 'nobody waits for a digest to use a file');
});

/** What a sender tells of the digests of its objects, in order: id and SHA-256. */
function digestsTold() {
  const digests: (readonly [number, string | undefined])[] = [];
  const onEvent = (event: SenderSessionEvent): void => {
    if (event.type === 'objectDigested') digests.push([event.toi, event.sha256]);
  };
  return { digests, onEvent };
}

test('a sender digests what it is told to as it sends, an empty object too, and no other', async () => {
  const contents = [randomBytes(3_000_001), randomBytes(1000), new Uint8Array(0)];
  const objects = contents.map((bytes, toi) => ({ content: { bytes }, isDigested: toi !== 1 }));
  const { digests, onEvent } = digestsTold();
  const config = { network: networkOf(), ...SENDER, rateBitsPerSecond: 400e6, fec: FEC, objects };
  const sender = await startSenderSession(config, onEvent);
  sender.end();
  await sender.ended;
  const byToi = digests.toSorted(([a], [b]) => a - b);
  assert.deepEqual(
    byToi,
    [0, 2].map((toi) => [toi, hash('sha256', contents[toi]!)]),
  );
});

test('a sender that is closed once all is sent finishes its digest', async () => {
  // Faster than it can be hashed meanwhile, and not so much that it is given up.
  const bytes = randomBytes(24 * 1024 * 1024);
  const { digests, onEvent } = digestsTold();
  const sent = Promise.withResolvers<void>();
  const objects = [{ content: { bytes }, isDigested: true }];
  const config = { network: networkOf(), ...SENDER, rateBitsPerSecond: 50e9, fec: FEC, objects };
  const sender = await startSenderSession(config, (event) => {
    onEvent(event);
    if (event.type === 'objectSent') sent.resolve();
  });
  await sent.promise;
  await sender.close();
  assert.deepEqual(digests, [[0, hash('sha256', bytes)]]);
});

test('a digest that a sender does not make is told too: of what is released, and when the session is ended', async () => {
  const content = { bytes: randomBytes(3_000_001) };
  const { digests, onEvent } = digestsTold();
  const objects = [0, 1, 2].map(() => ({ content, isDigested: true }));
  const config = { network: networkOf(), ...SENDER, rateBitsPerSecond: 1e6, fec: FEC, objects };
  const sender = await startSenderSession(config, onEvent);
  sender.release(1);
  sender.abort();
  await sender.ended;
  assert.deepEqual(
    digests,
    [1, 0, 2].map((toi) => [toi, undefined]),
  );
});

test(
  'a disk that is full ends its object, what was verified stays, and the session says why',
  { skip: process.getuid?.() !== 0 && 'needs root, for a small disk' },
  async (context) => {
    const disk = join(folder, 'small-disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${4 * LEAF_SIZE}`, 'tmpfs', disk]);
    context.after(() => execFileSync('umount', ['--lazy', disk]));
    const network = networkOf();
    const content = randomBytes(16 * LEAF_SIZE);
    const { travelling, table } = encrypted(content);
    const heard = collector();
    const target = { path: join(disk, 'content') };
    const objects = [{ toi: 0, size: content.length, target, leaves: { leafSize: LEAF_SIZE, table, encryption } }];
    const receiver = await startReceiverSession({ network, nodeId: 2, sender: SENDER, objects }, heard);
    const sender = await startSenderSession(
      { network, ...SENDER, rateBitsPerSecond: 100e6, fec: FEC, objects: [{ content: { bytes: travelling } }] },
      () => undefined,
    );
    sender.end();
    await heard.until((events) => events.some((event) => event.type === 'objectAborted'));
    await receiver.close();
    await sender.close();
    const aborted = heard.events.filter((event) => event.type === 'objectAborted');
    assert.deepEqual(
      aborted.map(({ object, reason, failure }) => [object.toi, reason, failure?.code]),
      [[0, 'sinkFailed', 'no_space']],
    );
    assert.ok(heard.verifiedLeaves() >= 3 && heard.verifiedLeaves() <= 4);
    assert.ok(
      readFileSync(target.path)
        .subarray(0, 3 * LEAF_SIZE)
        .equals(content.subarray(0, 3 * LEAF_SIZE)),
    );
  },
);

test('another life of the sender goes on with what the one before it began', async () => {
  const network = networkOf();
  const content = randomBytes(16 * LEAF_SIZE);
  const path = join(folder, 'two-lives');
  const heard = collector();
  const objects = [{ toi: 0, size: content.length, target: { path } }];
  const receiver = await startReceiverSession(
    { network, nodeId: 2, sender: { nodeId: SENDER.nodeId }, objects },
    heard,
  );
  const life = { network, nodeId: SENDER.nodeId, fec: FEC, objects: [{ content: { bytes: content } }] };
  const first = await startSenderSession({ ...life, instanceId: 7, rateBitsPerSecond: 10e6 }, () => undefined);
  await heard.until((events) => events.some((event) => event.type === 'progress' && event.objects.length > 0));
  await first.close();
  const second = await startSenderSession({ ...life, instanceId: 8, rateBitsPerSecond: 400e6 }, () => undefined);
  second.end();
  await heard.until((events) => events.some((event) => event.type === 'objectCompleted'));
  const completed = heard.events.find((event) => event.type === 'objectCompleted');
  assert.equal(completed?.object.instanceId, 8);
  await receiver.close();
  await second.close();
  assert.ok(readFileSync(path).equals(content));
});

test('a session that cannot open its socket or its file says why', async () => {
  const sender = { network: networkOf(), ...SENDER, rateBitsPerSecond: 1e6, fec: FEC };
  const missing = { content: { path: join(folder, 'none') } };
  await assert.rejects(
    startSenderSession({ ...sender, network: { ...sender.network, interface: 'nonesuch0' }, objects: [] }, () => {}),
    (error) => error instanceof TransportError && error.code === 'interface_unknown',
  );
  const started = startSenderSession({ ...sender, objects: [missing] }, () => {});
  await assert.rejects(
    started.then(({ ended }) => ended),
    (error) => error instanceof TransportError && error.code === 'file_failed',
  );
});

test('a thread that was prepared, and has no session in the end, ends by itself', async () => {
  prepareSessionThread('sender');
  await dismissSessionThread();
  // There is none any more: the next one is new.
  await dismissSessionThread();
});

test('a paused sender sends no data until it is resumed', async () => {
  const { receiver, heard, content, network } = await receiveOver([]);
  const sender = await startSenderSession(
    { network, ...SENDER, rateBitsPerSecond: 400e6, fec: FEC, objects: [] },
    () => undefined,
  );
  sender.pause();
  sender.enqueue({ content: { bytes: content } });
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(heard.verifiedLeaves(), 0);
  sender.resume();
  await heard.until(() => heard.verifiedLeaves() === 8);
  await sender.close();
  await receiver.close();
});
