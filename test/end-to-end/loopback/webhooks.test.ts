/** Webhooks by the command line, against a server and a device that are processes of their own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Webhook, WebhookMessage } from '@rollcall/api';
import { OK, TestReceiver } from '../../../packages/server/test/test-receiver.ts';
import { Deployment } from '../../support/deployment.ts';
import { waitUntil } from '../../support/wait-until.ts';

test('add, list, show, log, change, test, rotate, redeliver and remove', { timeout: 120_000 }, async () => {
  await using deployment = await Deployment.start({ serve: ['--webhook-allow', '127.0.0.1'] });
  await using receiver = await TestReceiver.start();
  const run = (...args: string[]) => deployment.run(['webhook', ...args]);
  const json = <Answer>(...args: string[]) => deployment.json<Answer>(['webhook', ...args]);

  const wrong = await run('add', receiver.url, '--event', 'task.done');
  assert.deepEqual([wrong.code, /one of task, task\.created/.test(wrong.stderr)], [2, true], wrong.stderr);
  const elsewhere = await run('add', 'https://127.0.0.2/', '--event', 'task');
  assert.deepEqual([elsewhere.code, /--webhook-allow/.test(elsewhere.stderr)], [1, true], elsewhere.stderr);
  const made = await json<Webhook & { secret: string }>('add', receiver.url, '--event', 'device.joined');
  receiver.secret = made.secret;
  const { id } = made;

  await deployment.addDevices(1);
  await receiver.until(1);
  assert.deepEqual([receiver.types, receiver.received[0]?.isGenuine], [['device.joined'], true]);
  const taken = (log: WebhookMessage[]) => log[0]?.state === 'delivered';
  const [message] = await waitUntil('it is taken', () => json<WebhookMessage[]>('log', id), taken);
  assert.match((await run('log', id)).stdout, /device\.joined .*delivered +1 +200/);

  assert.equal((await run('redeliver', id, message!.id)).code, 0);
  await receiver.until(2);
  assert.equal(receiver.received[1]?.id, receiver.received[0]?.id);

  assert.match((await run('change', id, '--event', 'task', '--pause')).stdout, /^state +paused: paused by local$/m);
  const tested = await run('test', id);
  assert.deepEqual([tested.code, tested.stdout.startsWith('taken (200)')], [0, true], tested.stdout);
  receiver.answer = (response) => void response.writeHead(500).end('\u001b[31mno');
  const failed = await run('test', id);
  assert.deepEqual(
    [failed.code, failed.stdout.includes('\u001b')],
    [1, false],
    'what it says does nothing to a terminal',
  );
  assert.match(failed.stdout, /^not taken: answered 500.*\nit says: .*no/);

  const rotated = await json<{ secret: string; oldSecretUntil: number | null }>('rotate', id, '--void-old');
  assert.deepEqual([rotated.secret === made.secret, rotated.oldSecretUntil], [false, null]);
  const shown = [await run('list'), await run('show', id), await run('log', id)].map(({ stdout }) => stdout).join('');
  assert.ok(shown.includes(receiver.url) && !shown.includes('whsec_'), shown);
  assert.ok(!deployment.server.stderr.includes('whsec_'), 'nor is a secret in the log');

  await json('change', id, '--resume', '--event', 'device.joined');
  receiver.answer = () => undefined;
  const before = receiver.received.length;
  await deployment.addDevices(1);
  await receiver.until(before + 1);
  deployment.server.kill();
  await deployment.server.exited;
  receiver.answer = OK;
  await deployment.startServer();
  await receiver.until(before + 2);
  const [cut, anew] = receiver.received.slice(before);
  assert.deepEqual(cut?.type, 'device.joined');
  assert.equal(anew?.id, cut?.id, 'what was on its way when the server was killed comes again');

  assert.equal((await run('remove', id)).code, 0);
  assert.equal((await run('show', id)).code, 5);
});
