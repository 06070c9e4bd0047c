import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { feedbackKeyOf, Random } from '@rollcall/norm';
import {
  startReceiverSession,
  startSenderSession,
  type ReceiverProgress,
  type SenderProgress,
} from '@rollcall/transport';
import type { Attack } from '../attack.ts';
import { commandsOfSender, greedyNack, onWire, wrongSymbol } from '../support/forged-messages.ts';
import { SENDER, SYMBOL_SIZE, testContent } from '../support/norm-group.ts';

/** On the loopback of this machine: a stranger floods group and sender while a file goes over it. */
export const attack: Attack = {
  name: 'a stranger floods a running session over real sockets with forged NACKs, commands and symbols',
  run: (scale) => flood(scale === 'full' ? 256 : 8),
};

const NODE_ID = 5;
const SENDER_KEY = new Uint8Array(16).fill(3);
const FEEDBACK_SECRET = new Uint8Array(16).fill(4);
const WRONG_KEY = new Uint8Array(16).fill(9);
const RATE_BITS_PER_SECOND = 200_000_000;

async function flood(megabytes: number): Promise<{ count: number; stoppedBy: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-attack-'));
  const content = testContent(megabytes * 1024 ** 2);
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  writeFileSync(from, content);
  const random = new Random(process.pid);
  const group = { address: `239.255.78.${1 + random.below(250)}`, port: 20_000 + random.below(20_000) };
  const network = { mode: 'multicast', group, interface: 'lo' } as const;
  const completed = Promise.withResolvers<void>();
  const progress: { receiver?: ReceiverProgress; sender?: SenderProgress } = {};
  const receiver = await startReceiverSession(
    {
      network,
      nodeId: NODE_ID,
      sender: SENDER,
      objects: [{ toi: 1, size: content.length, target: { path: to } }],
      authentication: {
        senderKey: SENDER_KEY,
        feedbackKey: feedbackKeyOf(FEEDBACK_SECRET, NODE_ID),
        senderRollover: 0,
        feedbackRollover: 0,
      },
    },
    {
      onEvent: (event) => {
        if (event.type === 'progress') progress.receiver = event;
        if (event.type === 'objectCompleted') completed.resolve();
        if (event.type === 'objectAborted' || event.type === 'objectRefused') completed.reject(new Error(event.reason));
      },
    },
  );
  const sender = await startSenderSession(
    {
      network,
      ...SENDER,
      rateBitsPerSecond: RATE_BITS_PER_SECOND,
      symbolSize: SYMBOL_SIZE,
      fec: { scheme: 'reedSolomon', blockLength: 64, repairSymbolCount: 32 },
      firstToi: 1,
      authentication: { senderKey: SENDER_KEY, feedbackSecret: FEEDBACK_SECRET },
      objects: [{ content: { path: from } }],
    },
    (event) => {
      if (event.type === 'progress') progress.sender = event;
    },
  );
  const socket = createSocket('udp4');
  let isOver = false;
  try {
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    socket.setMulticastInterface('127.0.0.1');
    const flooding = floodUntil(() => isOver, socket, random, group, sender.facts.localPort);
    await Promise.race([
      completed.promise,
      sleep(60_000, undefined, { ref: false }).then(() => assert.fail('it never came')),
    ]);
    isOver = true;
    const count = await flooding;
    sender.end();
    await sender.ended;
    await receiver.close();
    assert.equal(Buffer.compare(readFileSync(to), content), 0);
    assert.ok((progress.receiver?.unauthenticatedCount ?? 0) > 0, 'the flood reached the receiver');
    assert.ok((progress.sender?.unauthenticatedCount ?? 0) > 0, 'and the sender');
    const growth = progress.sender!.repairBytes / progress.sender!.dataBytes;
    return { count, stoppedBy: `the MAC; the file came whole, with ${(growth * 100).toFixed(1)} % of repair` };
  } finally {
    isOver = true;
    await Promise.allSettled([sender.close(), receiver.close()]);
    socket.close();
    rmSync(folder, { recursive: true });
  }
}

/** A hundred datagrams in each millisecond, as far as this process gets. */
async function floodUntil(
  isOver: () => boolean,
  socket: ReturnType<typeof createSocket>,
  random: Random,
  group: { readonly address: string; readonly port: number },
  senderPort: number,
): Promise<number> {
  let count = 0;
  while (!isOver()) {
    for (let each = 0; each < 20; each += 1, count += 7) {
      const sequence = random.below(0x10000);
      const key = random.chance(0.5) ? WRONG_KEY : undefined;
      for (const command of commandsOfSender(sequence)) socket.send(onWire(command, key), group.port, group.address);
      socket.send(
        wrongSymbol(sequence, random.below(8), random.below(64), SYMBOL_SIZE, key),
        group.port,
        group.address,
      );
      socket.send(onWire(greedyNack(sequence, NODE_ID), key), senderPort, '127.0.0.1');
    }
    await sleep(1);
  }
  return count;
}
