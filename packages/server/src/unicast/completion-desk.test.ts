import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContentRoom, Store } from '../core/ports.ts';
import { streamRanges } from '../http/device/fetchable-content.ts';
import { CompletionDesk } from './completion-desk.ts';

const LEASE_MS = 50;

test('a slot is kept while its device takes an answer, however slowly, and a lease beyond', async () => {
  const desk = await deskWithSlot();
  const answer = new PassThrough();
  const ranges = [{ offset: 0, length: 3 }];
  const stream = streamRanges(
    { desk, content: contentOf('abc'), unicastRate: undefined, monotonicNow: () => performance.now() } as never,
    { deviceId: 'd', contentId: 'c', taskId: 't' },
    ranges,
    answer as unknown as ServerResponse,
  );
  stream.pipe(answer);
  // The device takes nothing for four leases.
  await sleep(4 * LEASE_MS);
  assert.ok(desk.holdsSlot('t', 'd'));
  answer.resume();
  while (desk.holdsSlot('t', 'd')) await sleep(5);
  assert.ok(answer.readableEnded);
  desk.close();
});

test('an answer that breaks off gives the slot back after a lease', async () => {
  const desk = await deskWithSlot();
  const answer = new PassThrough();
  streamRanges(
    { desk, content: contentOf('abc'), unicastRate: undefined, monotonicNow: () => performance.now() } as never,
    { deviceId: 'd', contentId: 'c', taskId: 't' },
    [{ offset: 0, length: 3 }],
    answer as unknown as ServerResponse,
  );
  answer.destroy();
  while (desk.holdsSlot('t', 'd')) await sleep(5);
  assert.equal(desk.inFlight, 0);
  desk.close();
});

test('a device that was removed while it waited is answered, and waits no more', async () => {
  const desk = await deskWithSlot();
  const waiting = { taskId: 't', deviceId: 'e', siteId: 's', weight: 1, lastCompletionAt: null, bytesMissing: 3 };
  const answer = desk.admit({ ...waiting, isCallable: true }, 'c', new AbortController().signal);
  while (desk.waitingCount === 0) await sleep(1);
  desk.releaseDevice('e');
  assert.equal(desk.waitingCount, 0);
  assert.equal((await answer).isAdmitted, false);
  desk.close();
});

async function deskWithSlot(): Promise<CompletionDesk> {
  const ports = {
    store: { transact: async () => undefined } as unknown as Store,
    now: Date.now,
    monotonicNow: () => performance.now(),
    owner: 'test',
    countUnfinished: async () => 0,
    wake: () => undefined,
    onError: (error: unknown) => assert.fail(String(error)),
  };
  const desk = new CompletionDesk(ports, { slots: 1, bytesPerSecond: undefined, leaseMs: LEASE_MS });
  const candidate = { taskId: 't', deviceId: 'd', siteId: 's', weight: 1, lastCompletionAt: null, bytesMissing: 3 };
  const admission = await desk.admit({ ...candidate, isCallable: false }, 'c', new AbortController().signal);
  assert.ok(admission.isAdmitted);
  return desk;
}

function contentOf(text: string): Pick<ContentRoom, 'read'> {
  return {
    async *read() {
      yield Buffer.from(text);
    },
  };
}
