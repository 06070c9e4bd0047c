import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { AuditEntry } from '@rollcall/api';
import { Deployment } from '../../support/deployment.ts';
import { rollcall } from '../../support/rollcall.ts';

const TIMEOUT = { timeout: 300_000 };

test('the audit log says who did what, and shows when it was touched', TIMEOUT, async (context) => {
  await using deployment = await Deployment.start();
  await deployment.addDevices(1);
  const eve = await deployment.json<{ token: string }>(['operator', 'create', 'eve', '--role', 'viewer']);
  const asEve = (args: readonly string[]) =>
    rollcall([...args, '--server', deployment.url], { env: { ROLLCALL_TOKEN: eve.token } });
  const file = deployment.scratch.join('small.txt');
  writeFileSync(file, 'small\n');
  const task = await deployment.createTask(['copy', file, '--to', 'small.txt', '--target', 'all', '--max-wait', '1s']);
  await deployment.ended(task);
  const read = async () => (await deployment.json<AuditEntry[]>(['audit', 'list'])).toReversed();

  await context.test('what operators, devices and the server did, one entry each, in order', async () => {
    const entries = await read();
    assert.deepEqual(
      entries.map(({ operation, actor, outcome }) => [operation, actor.name ?? actor.kind, outcome]),
      [
        ['authorityMade', 'server', 'done'],
        ['serverStarted', 'server', 'done'],
        ['createJoinToken', 'local', 'done'],
        ['join', 'd1', 'done'],
        ['createOperator', 'local', 'done'],
        ['createContent', 'local', 'done'],
        ['createTask', 'local', 'done'],
      ],
    );
    const created = entries.at(-1);
    assert.equal(created?.deviceCount, 1);
    assert.equal(created.details['target'], 'all');
    assert.equal(created.source, '127.0.0.1');
    assert.deepEqual(
      created.subjects.map(({ kind, name }) => [kind, name]),
      [
        ['task', 'copy small.txt'],
        ['device', 'd1'],
        ['content', null],
      ],
    );
  });

  await context.test('heartbeats, check-ins and reading are no entries', async () => {
    const before = await read();
    await deployment.listDevices();
    await deployment.show(task);
    await deployment.devices.get('d1')?.stop();
    await deployment.devices.get('d1')?.start();
    assert.equal((await read()).length, before.length);
  });

  await context.test('who is refused is an entry, and the log is for admins', async () => {
    assert.equal((await asEve(['task', 'cancel', task])).code, 6);
    assert.equal((await asEve(['audit', 'list'])).code, 6);
    const last = (await read()).at(-1);
    assert.deepEqual([last?.operation, last?.outcome, last?.actor.kind], ['cancelTask', 'refused', 'unknown']);
    assert.match(String(last?.details['reason']), /eve is viewer/);
  });

  await context.test('an exported log is verified without the server, also against a head that was kept', async () => {
    const exported = deployment.scratch.join('audit.jsonl');
    const verify = (args: readonly string[], input?: string) =>
      rollcall(['audit', 'verify', ...args], input === undefined ? {} : { input });
    const first = await deployment.run(['audit', 'export']);
    assert.equal(first.code, 0, first.stderr);
    writeFileSync(exported, first.stdout);
    const whole = await verify([exported, '--json']);
    assert.equal(whole.code, 0, whole.stderr);
    const head = JSON.parse(whole.stdout) as { sequence: number; hash: string };
    const lines = first.stdout.trimEnd().split('\n');
    assert.equal(lines.length, head.sequence + 1, 'the entries, and a checkpoint');
    assert.equal((await verify(['-'], first.stdout)).code, 0);

    const altered = lines.with(3, lines[3]!.replace('"d1"', '"d2"'));
    const refused = await verify(['-'], altered.join('\n'));
    assert.deepEqual([refused.code, /broken at entry 4/.test(refused.stderr)], [1, true], refused.stderr);
    const cut = lines.slice(0, -2).join('\n');
    assert.equal((await verify(['-'], cut)).code, 0, 'by itself a shorter log is whole');
    const missed = await verify(['-', '--head', head.hash], cut);
    assert.equal(missed.code, 1);
    assert.match(missed.stderr, /cut off/);
    assert.equal((await verify(['-', '--checkpoint', exported], cut)).code, 1);

    await deployment.json(['device', 'remove', 'd1']);
    const live = await deployment.run(['audit', 'verify', '--head', head.hash, '--checkpoint', exported]);
    assert.equal(live.code, 0, live.stderr);
    assert.match(live.stdout, new RegExp(`^${head.sequence + 1} entries`));
    const rest = await deployment.run(['audit', 'export', '--after', String(head.sequence)]);
    assert.equal((await verify(['-'], readFileSync(exported, 'utf8') + rest.stdout)).code, 0);
    assert.match((await verify(['-'], rest.stdout)).stderr, /put in front/);
  });

  await context.test('it outlives a restart, and says when that was', async () => {
    const before = await read();
    await deployment.server.stop();
    await deployment.startServer();
    const entries = await read();
    assert.deepEqual(entries.slice(0, before.length), before);
    assert.deepEqual(
      entries.slice(before.length).map(({ operation }) => operation),
      // Eve's second refusal was only counted until then.
      ['furtherRefusals', 'serverStopped', 'serverStarted'],
    );
    assert.equal((await deployment.run(['audit', 'verify'])).code, 0);
  });
});
