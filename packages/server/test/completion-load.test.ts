/**
 * A thousand devices that ask for completion in the same second, with eight slots: never more than eight in flight,
 * started in the queue's order, everybody else told when to come again or woken, all done in a minute, none lost. Most
 * have an event stream, as agents do; every eighth has none.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { operations, type CompletionDecision } from '@rollcall/api';
import { starvedSeconds } from '../../../test/support/starved-seconds.ts';
import { Waker } from '../../../test/support/waker.ts';
import { CertificateAuthority } from '../src/certificates/certificate-authority.ts';
import { DEFAULT_SITE_ID } from '../src/core/records.ts';
import { SqliteStore } from '../src/store/sqlite-store.ts';
import { NONCE, TestDevice } from './test-device.ts';
import { signingRequest, startTestServer, upload, type TestServer } from './test-server.ts';

const DEVICES = 1000;
const SLOTS = 8;
/** On the average; each asks at once, is told when to come, and comes when its turn is near. */
const REQUESTS_MEAN_MAX = 5;

test('1,000 devices ask in the same second, with 8 slots', { timeout: 400_000 }, async (context) => {
  await using server = await startTestServer({ mode: 'unicast', unicastSlots: SLOTS });
  const enrolledAt = performance.now();
  const devices = await enrol(server);
  context.diagnostic(`${DEVICES} devices connected in ${((performance.now() - enrolledAt) / 1000).toFixed(1)} s`);
  const contentId = await upload(server.admin, randomBytes(100_000));
  const taskIds = await createTasks(server, contentId);

  const starts: Start[] = [];
  let inFlight = 0;
  let inFlightMost = 0;
  let repliesWithoutRetry = 0;
  let waits = 0;

  const complete = async ({ device, waker }: Simulated, index: number) => {
    await sleep((index / DEVICES) * 900);
    for (;;) {
      waker.reset();
      const askedAt = performance.now();
      const { headers, body } = await device.client.try(operations.requestCompletion, {
        body: { held: [], nonce: NONCE },
      });
      const { decisions } = body as { decisions: readonly CompletionDecision[] };
      const fetch = decisions.find(({ decision }) => decision === 'fetch');
      if (fetch === undefined) {
        waits += 1;
        if (headers['retry-after'] === undefined) repliesWithoutRetry += 1;
        await waker.wait(Number(headers['retry-after'] ?? 1) * 1000);
        continue;
      }
      inFlight += 1;
      inFlightMost = Math.max(inFlightMost, inFlight);
      starts.push({ device, rank: rankOf(index), askedAt, startedAt: performance.now() });
      const answer = await device.client.send('POST', `/v1/device/contents/${contentId}/leaves`, {
        body: { ranges: [[0, 2]] },
      });
      assert.equal(answer.statusCode, 200);
      assert.equal((await answer.body.arrayBuffer()).byteLength, 100_000);
      inFlight -= 1;
      assert.equal(await device.report(fetch.taskId, 1, 'succeeded', { bytesUnicast: 100_000 }), 'accepted');
      return;
    }
  };

  const begin = performance.now();
  const starvedBefore = starvedSeconds();
  await Promise.all(devices.map(complete));
  const seconds = (performance.now() - begin) / 1000;
  const starved = starvedSeconds() - starvedBefore;
  const expected = devices
    .map(({ device }, index) => ({ device, rank: rankOf(index) }))
    .sort((a, b) => a.rank - b.rank);
  const place = new Map(expected.map(({ device }, index) => [device.id, index]));
  const displacement = starts.map(({ device }, index) => Math.abs(place.get(device.id)! - index));
  context.diagnostic(
    `${seconds.toFixed(1)} s, ${starved.toFixed(1)} of them starved, ${waits} waits, largest displacement ${Math.max(...displacement)}, most in flight ${inFlightMost}`,
  );

  assert.ok(inFlightMost <= SLOTS, `${inFlightMost} in flight`);
  assert.equal(repliesWithoutRetry, 0);
  assert.ok(waits / DEVICES <= REQUESTS_MEAN_MAX - 1, `${waits} waits`);
  assert.ok(seconds - starved < 60, `${seconds} s`);
  assert.equal(starts.length, DEVICES);
  assert.deepEqual(overtaken(starts), []);
  for (const id of taskIds) {
    const details = await server.admin.call(operations.getTask, { params: { id } });
    assert.equal(details.outcome, 'all');
    assert.equal(details.counts.succeeded, DEVICES / 2);
  }
  await Promise.all(devices.map(({ device }) => device.close()));
});

interface Simulated {
  readonly device: TestDevice;
  readonly waker: Waker;
}

interface Start {
  readonly device: TestDevice;
  readonly rank: number;
  readonly askedAt: number;
  readonly startedAt: number;
}

/** Devices whose request had been open for long when one behind them in the order started, and that still waited long after. */
function overtaken(starts: readonly Start[]): string[] {
  const isOvertaken = (one: Start) =>
    starts.some(
      ({ rank, startedAt }) =>
        rank > one.rank && one.askedAt + SETTLED_MS < startedAt && startedAt + SETTLED_MS < one.startedAt,
    );
  return starts.filter(isOvertaken).map(({ device }) => device.name);
}

/** Within this a request has reached the queue, and an answer its device, however busy the machine is. */
const SETTLED_MS = 1500;

/** The light task goes to even devices, the heavy one to odd ones; within a task, the later index has waited longer. */
function rankOf(index: number): number {
  return (index % 2 === 1 ? 0 : DEVICES) + (DEVICES - index);
}

/** Written past the server, with certificates of its authority: a thousand joins are not what is measured. */
async function enrol({ dataDirectory, server }: TestServer): Promise<Simulated[]> {
  const authority = await CertificateAuthority.open(path.join(dataDirectory, 'ca'), Date.now());
  const request = await signingRequest();
  const store = await SqliteStore.open(path.join(dataDirectory, 'rollcall.db'), () => undefined);
  const now = Date.now();
  const devices = await store.transact(async (transactor) => {
    const enrolled: Simulated[] = [];
    for (let index = 0; index < DEVICES; index += 1) {
      const id = `device-${index}`;
      const certificate = await authority.issueDevice(id, request, now);
      await transactor.insertDevice({
        id,
        name: id,
        siteId: DEFAULT_SITE_ID,
        labels: { parity: index % 2 === 0 ? 'even' : 'odd' },
        facts: {},
        enrolledAt: now,
        lastSeenAt: null,
        lastCompletionAt: now - (index + 1) * 60_000,
        warning: null,
        clockAheadMs: null,
        isPending: false,
      });
      const { serial, issuedAt, expiresAt, pem } = certificate;
      await transactor.insertCertificate({
        serial,
        deviceId: id,
        issuedAt,
        expiresAt,
        revokedAt: null,
        usedAt: null,
        supersededAt: null,
      });
      const device = TestDevice.at(server.deviceUrl, id, { certificate: pem, certificateAuthority: authority.pem });
      enrolled.push({ device, waker: new Waker() });
    }
    return enrolled;
  });
  await store.close();
  // As agents do: connected first, and then they ask.
  for (let start = 0; start < DEVICES; start += 20) {
    await Promise.all(
      devices.slice(start, start + 20).map(async ({ device, waker }, index) => {
        await device.checkIn();
        if ((start + index) % 8 !== 0) await device.listen((piece) => waker.hear(piece));
      }),
    );
  }
  return devices;
}

async function createTasks({ admin }: TestServer, contentId: string): Promise<string[]> {
  const create = async (target: string, weight: number) => {
    const action = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
    const body = { action, contentId, target, policy: { weight } };
    return (await admin.call(operations.createTask, { body })).id;
  };
  return [await create('parity=even', 100), await create('parity=odd', 900)];
}
