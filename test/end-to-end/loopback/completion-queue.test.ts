import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { CompletionDecision, Manifest } from '@rollcall/api';
import { Deployment } from '../../support/deployment.ts';
import { SimulatedDevice } from '../../support/simulated-device.ts';
import { writeRandomFile } from '../../support/scratch.ts';
import { starvedSeconds } from '../../support/starved-seconds.ts';
import { Waker } from '../../support/waker.ts';

const DEVICES = 1000;
/** Every fifth device has the weightier task. */
const URGENT = DEVICES / 5;
const SLOTS = 8;
const ALL_DONE_SECONDS_MAX = 60;
const CONTENT_BYTES = 200_000;
/** On the average; each asks at once, is told when to come, and comes when its turn is near. */
const REQUESTS_MEAN_MAX = 5;

test(
  `${DEVICES} devices that ask for completion in one second are served in order, ${SLOTS} at a time`,
  { timeout: 300_000 },
  async (context) => {
    await using deployment = await Deployment.start({
      serve: ['--mode', 'unicast', '--unicast-slots', String(SLOTS)],
    });
    const { token } = await deployment.json<{ token: string }>(['token', 'create', '--uses', String(DEVICES)]);
    const devices: SimulatedDevice[] = [];
    for (let first = 0; first < DEVICES; first += 50) {
      const names = Array.from({ length: 50 }, (_, index) => first + index);
      devices.push(
        ...(await Promise.all(
          names.map((index) =>
            SimulatedDevice.join(deployment.url, token, `s${index}`, { urgent: index % 5 === 0 ? 'yes' : 'no' }),
          ),
        )),
      );
    }
    const wakers = new Map(devices.map((device) => [device, new Waker()]));
    await inGroups([...wakers], 50, async ([device, waker], index) => {
      assert.equal((await device.checkIn()).status, 200);
      // Every eighth has no event stream: it cannot be woken.
      if (index % 8 !== 0) await device.listen((piece) => waker.hear(piece));
    });

    const file = writeRandomFile(deployment.scratch.join('content.bin'), CONTENT_BYTES);
    const create = (urgent: string, weight: string) =>
      deployment.createTask([
        'copy',
        file,
        '--to',
        'c',
        '--target',
        `urgent=${urgent}`,
        '--weight',
        weight,
        '--no-encrypt',
      ]);
    const [ordinary, urgent] = [await create('no', '10'), await create('yes', '900')];
    await Promise.all(
      [ordinary, urgent].map((task) => deployment.until(task, 'it is finishing', (view) => view.phase === 'finishing')),
    );

    const queue = new Queue();
    const begun = performance.now();
    const pids = [process.pid, deployment.server.pid];
    const starvedBefore = starvedSeconds(pids);
    await Promise.all([...wakers].map(([device, waker]) => complete(device, waker, queue)));
    const seconds = (performance.now() - begun) / 1000;
    const starved = starvedSeconds(pids) - starvedBefore;
    context.diagnostic(`${seconds.toFixed(1)} s, ${starved.toFixed(1)} of them starved, ${queue.requests} requests`);

    assert.ok(queue.inFlightMax <= SLOTS, `${queue.inFlightMax} were in flight`);
    assert.equal(queue.started.length, DEVICES, 'none was lost, none was served twice');
    for (const [task, count] of [
      [ordinary, DEVICES - URGENT],
      [urgent, URGENT],
    ] as const) {
      const view = await deployment.ended(task);
      assert.deepEqual([view.outcome, view.counts.succeeded], ['all', count]);
    }
    // Who asked before any urgent one had, may have been first. From then on weight decides.
    const early = queue.started.slice(0, URGENT + 10 * SLOTS).filter((task) => task === urgent).length;
    assert.ok(early >= 0.9 * URGENT, `${early} of ${URGENT} urgent ones were among the first`);
    for (const device of devices) device.close();
    assert.ok(queue.requests / DEVICES <= REQUESTS_MEAN_MAX, `${queue.requests} requests`);
    assert.ok(seconds - starved <= ALL_DONE_SECONDS_MAX, `all done after ${seconds.toFixed(1)} s`);
  },
);

/** What the test sees of the queue: who started, and how many at once. */
class Queue {
  readonly started: string[] = [];
  inFlightMax = 0;
  requests = 0;
  #inFlight = 0;

  start(task: string): void {
    this.started.push(task);
    this.#inFlight += 1;
    this.inFlightMax = Math.max(this.inFlightMax, this.#inFlight);
  }

  end(): void {
    this.#inFlight -= 1;
  }
}

/** What an agent does: asks, waits as long as it is told to or until it is woken, fetches, verifies and reports. */
async function complete(device: SimulatedDevice, waker: Waker, queue: Queue): Promise<void> {
  for (;;) {
    queue.requests += 1;
    waker.reset();
    const answer = await device.requestCompletion([]);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const fetch = answer.body.decisions.find((decision) => decision.decision === 'fetch');
    if (fetch !== undefined) {
      queue.start(fetch.taskId);
      await fetchAndReport(device, fetch, queue);
      return;
    }
    const after = Number(answer.headers['retry-after']);
    assert.ok(Number.isInteger(after) && after >= 1, `Retry-After is ${answer.headers['retry-after']}`);
    await waker.wait(after * 1000);
  }
}

async function fetchAndReport(
  device: SimulatedDevice,
  decision: Extract<CompletionDecision, { decision: 'fetch' }>,
  queue: Queue,
): Promise<void> {
  const manifest = JSON.parse(Buffer.from(decision.manifest.payload, 'base64').toString('utf8')) as Manifest;
  const leaves = await device.fetchLeaves(manifest.content.id, [[0, manifest.content.leafCount]]);
  assert.equal(leaves.status, 200, leaves.body.toString('utf8').slice(0, 300));
  assert.equal(createHash('sha256').update(leaves.body).digest('hex'), manifest.content.sha256);
  // The server frees the slot when it reads the report, and that may be before its answer is here.
  queue.end();
  const reported = await device.report({
    taskId: decision.taskId,
    attempt: decision.attempt,
    sequence: 1,
    state: 'succeeded',
    bytesMulticast: 0,
    bytesUnicast: leaves.body.length,
  });
  assert.deepEqual(reported.body.results, ['accepted']);
}

async function inGroups<Item>(
  items: readonly Item[],
  size: number,
  run: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  for (let first = 0; first < items.length; first += size) {
    await Promise.all(items.slice(first, first + size).map((item, index) => run(item, first + index)));
  }
}
