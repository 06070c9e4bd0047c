import assert from 'node:assert/strict';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Deployment } from '../../support/deployment.ts';
import { rollcall, startRollcall } from '../../support/rollcall.ts';
import { writeRandomFile } from '../../support/scratch.ts';
import { waitUntil } from '../../support/wait-until.ts';

const TIMEOUT = { timeout: 300_000 };

test("an operator's day: labels, selectors, dry run, pause, cancel, retry, delete", TIMEOUT, async (context) => {
  await using deployment = await Deployment.start({ serve: ['--rate', '40mbit'] });
  const [first, second] = await deployment.addDevices(2);
  assert.ok(first !== undefined && second !== undefined);
  const file = writeRandomFile(deployment.scratch.join('f.bin'), 24 * 1024 * 1024);

  await context.test('devices are listed with labels and facts, online, and can be renamed', async () => {
    await deployment.json(['device', 'label', 'd1', 'site=north', 'role=till']);
    await deployment.json(['device', 'label', 'd2', 'site=south', 'role=till']);
    await deployment.json(['device', 'rename', 'd2', 'till-south']);
    const devices = await deployment.listDevices();
    const seen = new Map(devices.map((device) => [device.name, [device.online, device.facts.os]]));
    assert.deepEqual(Object.fromEntries(seen), { d1: [true, 'linux'], 'till-south': [true, 'linux'] });
    await deployment.json(['device', 'rename', 'till-south', 'd2']);
  });

  await context.test('a dry run creates nothing and names the targets', async () => {
    const copy = ['task', 'create', 'copy', file, '--to', 'f.bin', '--dry-run'];
    const result = await deployment.run([...copy, '--target', 'site=north,role=till']);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /d1/);
    assert.doesNotMatch(result.stdout, /d2/);
    assert.deepEqual(await deployment.json(['task', 'list']), []);
  });

  await context.test('a task reaches those whom the selector names, and --wait ends with 0', async () => {
    const small = deployment.scratch.join('small.txt');
    writeFileSync(small, 'small\n');
    const args = ['task', 'create', 'copy', small, '--to', 'small.txt', '--target', 'site=south', '--max-wait', '2s'];
    const result = await deployment.run([...args, '--wait']);
    assert.match(result.stdout, SESSION_OVER);
    assert.equal(result.code, 0, result.stderr);
    assert.equal(existsSync(join(second.files, 'small.txt')), true);
    assert.equal(existsSync(join(first.files, 'small.txt')), false);
  });

  // Slowly: it must not be over before the next command has been started.
  const slow = ['copy', file, '--to', 'g.bin', '--target', 'all', '--max-wait', '2s', '--rate', '12mbit'];
  const task = await deployment.createTask(slow);

  await context.test('wait ends with 4 when the time is over and with 3 when it can no longer succeed', async () => {
    const early = await deployment.run(['task', 'wait', task, '--timeout', '1s']);
    assert.equal(early.code, 4, early.stderr);
    await deployment.json(['task', 'cancel', task]);
    const hopeless = await deployment.run(['task', 'wait', task, '--timeout', '30s']);
    assert.equal(hopeless.code, 3, hopeless.stderr);
    assert.match(hopeless.stdout, SESSION_OVER);
    const view = await deployment.ended(task);
    assert.equal(view.state, 'cancelled');
    assert.equal(view.counts.cancelled, 2);
    assert.equal(existsSync(join(first.files, 'g.bin')), false);
  });

  await context.test('retried, it sends nothing while it is paused, and reaches all when it is resumed', async () => {
    await deployment.json(['task', 'retry', task]);
    await deployment.until(task, 'it sends', ({ sessions }) => (sessions.at(-1)?.bytesSent ?? 0) > 0);
    await deployment.json(['task', 'pause', task]);
    assert.equal((await deployment.show(task)).state, 'paused');
    // What is on its way when the pause comes still goes; and the session keeps saying that it is there.
    await waitUntil(
      'the content rests',
      () => sentWithin(deployment, task, 2000),
      (bytes) => bytes < 64 * 1024,
      30_000,
    );
    assert.deepEqual((await deployment.show(task)).counts.succeeded, 0);
    await deployment.json(['task', 'resume', task]);
    const retried = await deployment.ended(task);
    assert.equal(retried.outcome, 'all');
    assert.deepEqual(
      retried.deliveries.map((row) => [row.state, row.attempt]),
      [
        ['succeeded', 2],
        ['succeeded', 2],
      ],
    );
  });

  await context.test('watch tells each change on a line and ends with the task', async () => {
    const watched = await deployment.createTask(['copy', file, '--to', 'i.bin', '--target', 'all', '--max-wait', '2s']);
    const watch = await deployment.run(['task', 'watch', watched, '--json'], { timeoutMillis: 120_000 });
    assert.equal(watch.code, 0, watch.stderr);
    const events = watch.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type?: string });
    assert.ok(events.length > 1);
  });

  await context.test(
    'an ended task can be deleted, a running device ends cleanly, and so does the server',
    async () => {
      await deployment.json(['task', 'delete', task]);
      assert.equal((await deployment.run(['task', 'show', task])).code, 5);
      assert.equal(await first.stop(), 0);
      assert.equal(await deployment.server.stop(), 0);
    },
  );
});

test('a re-imaged device comes back under its old id', TIMEOUT, async () => {
  await using deployment = await Deployment.start();
  const device = await deployment.join('till');
  await device.start();
  const [before] = await deployment.listDevices();
  await device.stop();

  const { token } = await deployment.json<{ token: string }>(['token', 'create', '--replace', 'till']);
  const fresh = deployment.scratch.join('reimaged');
  const joined = await rollcall(['join', deployment.url, '--token', token, '--data', fresh, '--name', 'till']);
  assert.equal(joined.code, 0, joined.stderr);
  const agent = startRollcall(['agent', '--data', fresh, '--interface', 'lo']);
  const [, id] = await agent.waitForOutput(/^ready (\S+)$/m, 60_000);
  assert.equal(id, before?.id);
  assert.equal((await deployment.listDevices()).length, 1);
  assert.equal(await agent.stop(), 0);
});

test('a cloned data directory does not start on another machine, and is told how to join', TIMEOUT, async () => {
  await using deployment = await Deployment.start();
  const device = await deployment.join('till');
  const otherMachine = deployment.scratch.join('machine-id');
  writeFileSync(otherMachine, '0123456789abcdef0123456789abcdef\n');
  const clone = await rollcall(['agent', '--data', device.data, '--interface', 'lo'], {
    env: { ROLLCALL_MACHINE_ID_FILE: otherMachine },
  });
  assert.equal(clone.code, 1, clone.stderr);
  assert.match(clone.stderr, /rollcall join/);
  assert.doesNotMatch(clone.stdout, /^ready/m);
});

test('of two live connections with one identity the later is refused, and the device is flagged', TIMEOUT, async () => {
  await using deployment = await Deployment.start();
  const device = await deployment.join('till');
  const copy = deployment.scratch.join('copy');
  cpSync(device.data, copy, { recursive: true });
  await device.start();
  const second = startRollcall(['agent', '--data', copy, '--interface', 'lo']);
  const [flagged] = await waitUntil(
    'the device is flagged',
    () => deployment.listDevices(),
    (devices) => devices[0]?.warning !== null,
    60_000,
  );
  assert.equal(flagged?.online, true);
  assert.doesNotMatch(second.stdout, /^ready/m);
  second.kill();
});

/** Bytes that the task's sessions send in so long. */
async function sentWithin(deployment: Deployment, task: string, millis: number): Promise<number> {
  const sent = async (): Promise<number> =>
    (await deployment.show(task)).sessions.reduce((sum, session) => sum + session.bytesSent, 0);
  const before = await sent();
  await delay(millis);
  return (await sent()) - before;
}

/** What a table says of the multicast when that has ended as well, not only the last delivery. */
const SESSION_OVER = /^multicast session (?!announcing|sending)\w+: /m;
