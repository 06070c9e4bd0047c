import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { operations } from '@rollcall/api';
import { TestDevice } from '../../../packages/server/test/test-device.ts';
import { CLIENT, TestIdentityProvider, Visitor } from '../../../packages/server/test/test-identity-provider.ts';
import { TestClient } from '../../../packages/server/test/test-server.ts';
import { Deployment } from '../../support/deployment.ts';
import { rollcall } from '../../support/rollcall.ts';
import { Scratch, writeRandomFile } from '../../support/scratch.ts';
import { waitUntil } from '../../support/wait-until.ts';

const TIMEOUT = { timeout: 180_000 };

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly taskId?: string;
  readonly sessionId?: string;
  readonly requestId?: string;
  readonly operation?: string;
}

/**
 * One deployment at the most verbose level, with every kind of secret that there is: join and operator tokens, keys of
 * the authority, the director and the devices, the content's and the session's keys, and what signs somebody in.
 */
test(
  'every line of a task names it, and no secret is in any output, process list or readable file',
  TIMEOUT,
  async () => {
    await using provider = await TestIdentityProvider.start();
    using scratch = new Scratch();
    const serve = ['--log-level', 'trace', '--oidc', writeOidcFile(scratch, provider.issuer)];
    await using deployment = await Deployment.start({ serve, env: { ROLLCALL_DEBUG: '1' } });
    const outputs: string[] = [];
    const secrets = new Map<string, string>();
    for (const [name, secret] of await signInByProvider(provider, deployment.url)) secrets.set(name, secret);
    const { token: operatorToken } = await deployment.json<{ token: string }>(['operator', 'create', 'ada']);
    secrets.set("an operator's token", secretOf(operatorToken));
    const { token: joinToken, url } = await deployment.json<{ token: string; url: string }>(['token', 'create']);
    secrets.set('a join token', secretOf(joinToken));
    const device = await deployment.join('d1');
    await device.start(['--log-level', 'trace']);

    // Wrong on purpose, with secrets where they do not belong: errors are what gets logged.
    const guess = `${joinToken.slice(0, -60)}${'x'.repeat(60)}`;
    const args = ['--data', deployment.scratch.join('other'), '--name', 'd2'];
    for (const attempt of [
      await rollcall(['join', url, '--token', guess, ...args], { env: deployment.env }),
      await rollcall(['task', 'list', '--server', url, '--token', `${operatorToken}x`], { env: deployment.env }),
    ]) {
      assert.notEqual(attempt.code, 0);
      outputs.push(attempt.stderr);
    }
    // A slip of the hand is said back to whose hand it was; the server, which has it in a path, keeps it to itself.
    assert.equal((await deployment.run(['task', 'show', joinToken])).code, 5);
    assert.doesNotMatch(processList(), new RegExp(`${secretOf(operatorToken)}|${secretOf(joinToken)}`));

    const source = deployment.scratch.join('source.bin');
    writeRandomFile(source, 3 * 1024 * 1024);
    const taskIds: string[] = [];
    // It hears the session's key as the other one does, and is done at once.
    const listener = await TestDevice.join({ admin: new TestClient(url) }, joinToken, 'd2');
    await listener.checkIn();
    for (const mode of ['multicast', 'unicast']) {
      const targets = mode === 'multicast' ? 'd1,d2' : 'd1';
      const taskArgs = [
        'copy',
        source,
        '--to',
        `${mode}.bin`,
        '--mode',
        mode,
        '--target',
        targets,
        '--max-wait',
        '30s',
      ];
      const id = await deployment.createTask(taskArgs);
      if (mode === 'multicast') {
        for (const [name, key] of Object.entries(await sessionKeysOf(listener)))
          secrets.set(`a session's ${name}`, key);
        assert.equal(await listener.report(id, 1, 'succeeded'), 'accepted');
        await listener.close();
      }
      assert.equal((await deployment.ended(id)).outcome, 'all');
      taskIds.push(id);
    }
    const database = new DatabaseSync(join(deployment.serverData, 'rollcall.db'), { readOnly: true });
    for (const { key } of database.prepare('select key from contentKeys').all() as { key: Uint8Array }[]) {
      for (const form of ['hex', 'base64', 'base64url'] as const) {
        secrets.set(`a content key in ${form}`, Buffer.from(key).toString(form).replace(/=+$/, ''));
      }
      secrets.set('a content key as numbers', [...key].join(','));
    }
    database.close();
    const local = JSON.parse(readFileSync(join(deployment.serverData, 'local-operator.json'), 'utf8')) as {
      token: string;
    };
    secrets.set("the local operator's token", secretOf(local.token));
    for (const folder of [deployment.serverData, device.data]) {
      for (const file of globSync(`${folder}/**/*.{key,pem}`)) {
        const body = /-----BEGIN PRIVATE KEY-----\n(\S+)/.exec(readFileSync(file, 'utf8'))?.[1];
        if (body !== undefined) secrets.set(file, body);
      }
    }
    assert.ok([...secrets.keys()].filter((name) => name.startsWith('/')).length >= 3, 'authority, director and device');
    for (const name of ['a content key in hex', "a session's senderKey", 'a cookie'])
      assert.ok(secrets.has(name), name);

    assert.deepEqual(readableByOthers([deployment.serverData, device.data]), []);
    assert.equal(await device.stop(), 0);
    assert.equal(await deployment.server.stop(), 0);
    outputs.push(deployment.server.stdout, deployment.server.stderr, device.agent.stdout, device.agent.stderr);
    const found = [...secrets].flatMap(([name, secret]) =>
      outputs.filter((output) => output.includes(secret)).map((output) => `${name}: ${lineWith(output, secret)}`),
    );
    assert.deepEqual(found, []);

    // The one that the server prints for whoever started it, and nobody's log.
    const link = /#link=[\w-]+\.([\w-]{20,})/.exec(deployment.server.stdout)?.[1];
    assert.ok(link !== undefined && !deployment.server.stderr.includes(link));

    const ofServer = linesOf(deployment.server.stderr);
    const ofAgent = linesOf(device.agent.stderr);
    for (const taskId of taskIds) {
      const messages = new Set(ofServer.filter((line) => line.taskId === taskId).map(({ msg }) => msg));
      assert.ok(messages.has('a task was created') && messages.has('a task went on'), [...messages].join('; '));
      const atDevice = new Set(ofAgent.filter((line) => line.taskId === taskId).map(({ msg }) => msg));
      for (const message of ['planned a task', 'a reception ended', 'carried out a task']) {
        assert.ok(atDevice.has(message), `${message}: ${[...atDevice].join('; ')}`);
      }
    }
    // From the request that made the task, through its round, to the thread that sent it.
    const created = ofServer.find((line) => line.msg === 'a task was created' && line.taskId === taskIds[0]);
    assert.equal(created?.operation, 'createTask');
    const sent = ofServer.find((line) => line.msg === 'a sender went on' && line.taskId === taskIds[0]);
    assert.ok(sent?.sessionId !== undefined);
    assert.equal(sent.requestId, created.requestId);
    assert.ok(ofServer.some((line) => line.msg === 'answered' && line.requestId === created.requestId));
    const listened = ofAgent.find((line) => line.msg === 'listening to a session');
    assert.deepEqual([listened?.taskId, listened?.sessionId], [taskIds[0], sent.sessionId]);
  },
);

test('a level that is asked for is the one that is logged', TIMEOUT, async () => {
  await using deployment = await Deployment.start({ serve: ['--log-level', 'warn'] });
  await deployment.server.stop();
  assert.deepEqual(
    linesOf(deployment.server.stderr).filter(({ level }) => level < 40),
    [],
  );
  const refused = await rollcall(['serve', '--data', deployment.serverData, '--log-level', 'loud']);
  assert.equal(refused.code, 2);
});

function writeOidcFile(scratch: Scratch, issuer: string): string {
  const file = scratch.join('oidc.json');
  const groups = [{ group: 'staff', role: 'viewer' }];
  const config = { issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret, name: 'Example', groups };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** Once as it should be, and once more with what was used. Gives all that is secret about it. */
async function signInByProvider(provider: TestIdentityProvider, url: string): Promise<Map<string, string>> {
  provider.open(`${url}/v1/oidc/return`);
  provider.people.set('1001', { preferred_username: 'rob', groups: ['staff'] });
  await using visitor = new Visitor();
  const back = await visitor.goToProvider(`${url}/v1/oidc/start`, '1001');
  const query = new URL(back).searchParams;
  const [[, flow] = []] = visitor.cookiesOf(url);
  assert.equal((await visitor.step(back)).status, 303);
  const cookie = visitor.cookiesOf(url).get('__Host-rollcall');
  assert.equal((await visitor.step(back)).status, 401);
  return new Map([
    ["the client's secret", CLIENT.secret],
    ["the provider's code", query.get('code')!],
    ["the flow's state", query.get('state')!],
    ["the flow's cookie", flow!],
    ['a cookie', cookie!.split('.')[1]!],
  ]);
}

/** It says that it listens, so that nobody waits for it. */
async function sessionKeysOf(
  device: TestDevice,
): Promise<{ readonly senderKey: string; readonly feedbackKey: string }> {
  const [decision] = await waitUntil(
    'a device is told to join',
    () => device.ask(),
    ([one]) => one?.decision === 'join',
  );
  assert.ok(decision?.decision === 'join');
  await device.client.call(operations.sessionReady, { params: { id: decision.session.sessionId } });
  const { senderKey, feedbackKey } = decision.session.authentication;
  return { senderKey, feedbackKey };
}

function secretOf(token: string): string {
  return token.split('.')[2]!;
}

function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
}

function lineWith(output: string, secret: string): string {
  return output.split('\n').find((line) => line.includes(secret)) ?? '';
}

/** The arguments of every process, as every user of the machine may read them. */
function processList(): string {
  return globSync('/proc/[0-9]*/cmdline')
    .map((file) => {
      try {
        return readFileSync(file, 'utf8');
      } catch {
        // It has ended meanwhile.
        return '';
      }
    })
    .join('\n');
}

/** What others than the owner could read, if they came by the folder above: which they cannot either. */
function readableByOthers(folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) => [folder, ...globSync(`${folder}/**/*`)])
    .filter((path) => /\.(?:key|pem|db|db-wal|db-shm)$|\.json$/.test(path) || folders.includes(path))
    .filter((path) => (statSync(path).mode & 0o077) !== 0);
}
