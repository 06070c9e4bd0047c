import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Deployment } from '../../support/deployment.ts';
import type { DeliveryView, DeployedDevice, TaskView } from '../../support/deployment.ts';
import { makeApplication } from '../../support/fixtures.ts';
import { freePorts } from '../../support/free-port.ts';
import { rollcall, startRollcall } from '../../support/rollcall.ts';
import { sha256Of, writeRandomFile } from '../../support/scratch.ts';

const TIMEOUT = { timeout: 240_000 };

let deployment: Deployment;
let device: DeployedDevice;

before(async () => {
  deployment = await Deployment.start({ serve: ['--rate', '400mbit'] });
  const program = deployment.scratch.join('refuse');
  writeFileSync(program, '#!/bin/sh\ncat > /dev/null\necho no paper >&2\nexit 9\n');
  chmodSync(program, 0o755);
  device = await deployment.join('d1', ['--channel', `printer=${program}`]);
  await device.start();
}, TIMEOUT);

after(async () => deployment[Symbol.asyncDispose]());

/** A command that must fail with this code and say something that fits, without a stack trace. */
async function refused(args: readonly string[], code: number | readonly number[], says: RegExp): Promise<void> {
  const result = await deployment.run(args);
  const codes = typeof code === 'number' ? [code] : code;
  assert.ok(
    codes.includes(result.code),
    `rollcall ${args.join(' ')}: ${result.code}\n${result.stdout}${result.stderr}`,
  );
  assert.match(result.stderr, says);
  assert.doesNotMatch(result.stderr, /^\s+at .*:\d+:\d+/m, 'people get a sentence, not a stack');
}

/** A task for the one device, to its end. By unicast: it is about what the device does with it, not how it comes. */
async function endOf(args: readonly string[]): Promise<{ view: TaskView; row: DeliveryView }> {
  const task = await deployment.createTask([...args, '--target', 'd1', '--mode', 'unicast']);
  const view = await deployment.ended(task);
  const [row] = view.deliveries;
  assert.ok(row !== undefined);
  return { view, row };
}

function source(name: string, content: string | Uint8Array = 'content\n'): string {
  const path = deployment.scratch.join(name);
  writeFileSync(path, content);
  return path;
}

test('an unknown command, flag or value ends with 2 and says so', TIMEOUT, async () => {
  const result = await rollcall(['fly']);
  assert.equal(result.code, 2);
  assert.match(result.stderr, /fly/);
  await refused(['device', 'list', '--colour'], 2, /--colour/);
  await refused(['task', 'create', 'copy', source('a.txt'), '--target', 'all'], 2, /--to/);
  await refused(['task', 'create', 'copy', source('a.txt'), '--to', 'a', '--target', 'site='], 2, /site=|selector/i);
  await refused(
    ['task', 'create', 'copy', source('a.txt'), '--to', 'a', '--target', 'all', '--rate', 'fast'],
    2,
    /fast/,
  );
});

test(
  'what a task cannot be is said before anything is uploaded, also of a dry run, in the words of the flags',
  TIMEOUT,
  async () => {
    const uploads = join(deployment.serverData, 'uploads');
    const before = readdirSync(uploads).length;
    const file = source('menu.tar.gz');
    const copy = ['task', 'create', 'copy', file, '--target', 'd1'];
    const update = ['task', 'create', 'update', file, '--app', 'till', '--version', '2.0.0', '--target', 'd1'];
    for (const [args, says] of [
      [[...copy, '--to', ''], /--to must/],
      [[...copy, '--to', 'a', '--name', ''], /--name must/],
      [[...copy, '--to', 'a', '--rate', '1bit'], /--rate must be >= 8000/],
      [[...copy, '--to', 'a', '--expires', '5ms'], /--expires/],
      [[...copy, '--to', 'a', '--expires', '10000d'], /--expires/],
      [[...copy, '--to', 'a', '--target', 'd2'], /--target.*give it once/s],
      [[...update, '--from', 'foo bar'], /foo bar/],
      [['task', 'create', 'install', file, '--app', 'a b', '--version', '1', '--target', 'd1'], /--app must/],
      [['task', 'create', 'batch', file, '--channel', 'no pe', '--target', 'd1'], /--channel must/],
    ] as const) {
      await refused(args, 2, says);
      await refused([...args, '--dry-run'], 2, says);
    }
    const tree = deployment.scratch.join('tree-with-a-link-out');
    mkdirSync(tree);
    symlinkSync('../../elsewhere', join(tree, 'out'));
    await refused(['task', 'create', 'copy', tree, '--to', 'a', '--target', 'd1'], 1, /out/);
    assert.equal(readdirSync(uploads).length, before, 'nothing was uploaded');
  },
);

test('a pair, an address and a selector that are none are named', TIMEOUT, async () => {
  await refused(['device', 'label', 'd1', 'north'], 2, /"north" is not of the form KEY=VALUE/);
  await refused(['device', 'list', '--server', '127.0.0.1:7443', '--token', 'x'], 2, /https:\/\/HOST:PORT/);
  await refused(
    ['join', '127.0.0.1:7443', '--token', 'x', '--data', deployment.scratch.join('x')],
    2,
    /https:\/\/HOST:PORT/,
  );
  await refused(['doctor', '--target', 'site=nowhere'], 2, /site=nowhere/);
  assert.match((await deployment.run(['device', 'list', '--target', 'site=nowhere'])).stdout, /no device matches/);
  const ofDevice = await rollcall(['doctor', '--data', device.data, '--target', 'all']);
  assert.equal(ofDevice.code, 2);
  assert.match(ofDevice.stderr, /--target is for the doctor on the server/);
});

test('an option of the server that cannot be ends with 2, a file that is not there with 5', TIMEOUT, async () => {
  const data = deployment.scratch.join('unused');
  for (const [flags, code] of [
    [['--interface', 'nope0'], 2],
    [['--group', '10.0.0.1:6003'], 2],
    [['--webhook-allow', 'foo'], 2],
    [['--console-url', 'foo'], 2],
    [['--name', 'a b'], 2],
    [['--oidc', '/no/such/file'], 5],
    [['--tls-cert', '/no/such/file', '--tls-key', '/no/such/file'], 5],
  ] as const) {
    const result = await rollcall(['serve', '--data', data, '--listen', '127.0.0.1:0', ...flags]);
    assert.equal(result.code, code, `${flags.join(' ')}: ${result.stderr}`);
    assert.ok(result.stderr.includes(flags[0]), result.stderr);
  }
  const taken = await rollcall(['serve', '--data', deployment.serverData, '--listen', '127.0.0.1:0']);
  assert.equal(taken.code, 1, taken.stderr);
});

test('the name of a device that cannot be, and a file of a token that is not there, are found before anybody is asked', async () => {
  const join = ['join', 'https://127.0.0.1:1', '--data', deployment.scratch.join('nobody')];
  const named = await rollcall([...join, '--token', 'rcj.x', '--name', 'bad name!']);
  assert.equal(named.code, 2, named.stderr);
  assert.match(named.stderr, /"bad name!" is no name/);
  const unread = await rollcall([...join, '--token-file', '/no/such/file']);
  assert.equal(unread.code, 5, unread.stderr);
});

test('what is not there ends with 5', TIMEOUT, async () => {
  await refused(['task', 'show', 'no-such-task'], 5, /no-such-task|no such/i);
  await refused(['device', 'show', 'no-such-device'], 5, /no-such-device|no such/i);
});

test('a source that cannot be read creates no task', TIMEOUT, async () => {
  await refused(
    ['task', 'create', 'copy', '/no/such/file', '--to', 'a', '--target', 'all'],
    [1, 2, 5],
    /no\/such\/file/,
  );
});

test('a selector that matches nothing creates no task', TIMEOUT, async () => {
  await refused(['task', 'create', 'copy', source('a.txt'), '--to', 'a', '--target', 'site=mars'], 2, /device|target/i);
  assert.equal((await deployment.json<unknown[]>(['task', 'list'])).length, 0);
});

test('an empty file is a valid task', TIMEOUT, async () => {
  const { row } = await endOf(['copy', source('empty', ''), '--to', 'empty']);
  assert.equal(row.state, 'succeeded');
  assert.equal(await sha256Of(join(device.files, 'empty')), await sha256Of(deployment.scratch.join('empty')));
});

test('names with spaces, newlines and quotes arrive as they are', TIMEOUT, async () => {
  const name = `a "strange"\nname's end`;
  const { row } = await endOf(['copy', source(name), '--to', 'odd/']);
  assert.equal(row.state, 'succeeded');
  assert.deepEqual(readdirSync(join(device.files, 'odd')), [name]);
});

test('a target path that leaves the allowed roots is rejected, and nothing is written', TIMEOUT, async () => {
  for (const to of ['../escaped', '/tmp/rollcall-escaped', 'a/../../escaped']) {
    const { row } = await endOf(['copy', source('a.txt'), '--to', to]);
    assert.deepEqual([row.state, row.error?.code], ['rejected', 'path_outside_roots'], to);
  }
  symlinkSync('/tmp', join(device.files, 'way-out'));
  const { row } = await endOf(['copy', source('a.txt'), '--to', 'way-out/rollcall-escaped']);
  assert.deepEqual([row.state, row.error?.code], ['rejected', 'path_outside_roots']);
  assert.equal(existsSync('/tmp/rollcall-escaped'), false);
  assert.equal(existsSync(join(dirname(device.files), 'escaped')), false);
});

test('why each attempt was rejected can be read when there was another', TIMEOUT, async () => {
  const { view } = await endOf(['copy', source('a.txt'), '--to', '../escaped']);
  await deployment.json(['task', 'retry', view.id]);
  await deployment.ended(view.id);
  const attempts = await deployment.json<{ error: { code: string } | null }[]>([
    'task',
    'logs',
    view.id,
    '--device',
    'd1',
  ]);
  assert.deepEqual(
    attempts.map(({ error }) => error?.code),
    ['path_outside_roots', 'path_outside_roots'],
  );
  const { stdout } = await deployment.run(['task', 'logs', view.id, '--device', 'd1']);
  assert.match(stdout, /attempt 1: rejected.*\npath_outside_roots: .*\n.*attempt 2: rejected/s);
});

test(
  'a tree whose symlink leads out of it is refused here or there, and nothing is written outside',
  TIMEOUT,
  async () => {
    const tree = deployment.scratch.join('leaky');
    mkdirSync(tree);
    symlinkSync('../../../../../../etc', join(tree, 'out'));
    writeFileSync(join(tree, 'kept'), 'kept\n');
    const created = await deployment.run(['task', 'create', 'copy', tree, '--to', 'leaky', '--target', 'd1', '--json']);
    if (created.code === 0) {
      const view = await deployment.ended((JSON.parse(created.stdout) as { id: string }).id);
      assert.match(view.deliveries[0]?.state ?? '', /^(failed|rejected)$/);
      assert.notEqual(view.deliveries[0]?.error, null);
    } else {
      assert.match(created.stderr, /out/);
    }
    assert.equal(existsSync(join(device.files, 'leaky', 'out', 'passwd')), false);
  },
);

test('an archive with path traversal fails, and nothing is written outside', TIMEOUT, async () => {
  const inside = deployment.scratch.join('evil');
  mkdirSync(join(inside, 'deep'), { recursive: true });
  writeFileSync(join(inside, 'escaped-by-tar'), 'x');
  const archive = deployment.scratch.join('evil.tar');
  execFileSync('tar', ['-cPf', archive, '-C', join(inside, 'deep'), '../escaped-by-tar'], { stdio: 'ignore' });
  execFileSync('gzip', [archive]);
  const { row } = await endOf(['install', `${archive}.gz`, '--app', 'evil', '--version', '1.0.0']);
  assert.match(row.state, /^(failed|rejected)$/);
  assert.equal(row.error?.code, 'bad_archive');
  assert.equal(existsSync(join(device.data, 'apps/evil/escaped-by-tar')), false);
  assert.equal(existsSync(join(device.data, 'apps/evil/current')), false);
});

test('a package whose install script fails is not installed, and its output is kept', TIMEOUT, async () => {
  const script = '#!/bin/sh\necho the disk is upside down >&2\nexit 7\n';
  const archive = makeApplication(deployment.scratch.path, '0.0.7', { 'setup.sh': script });
  const { view, row } = await endOf([
    'install',
    archive,
    '--app',
    'broken',
    '--version',
    '0.0.7',
    '--script',
    'setup.sh',
  ]);
  assert.deepEqual([row.state, row.error?.code], ['failed', 'script_failed']);
  assert.equal(existsSync(join(device.data, 'apps/broken/current')), false);
  const logs = await deployment.run(['task', 'logs', view.id, '--device', 'd1']);
  assert.match(logs.stdout, /upside down/);
  assert.match(logs.stdout, /7/);
  assert.equal(view.outcome, 'none');
});

test('an update whose health check hangs is rolled back by itself', TIMEOUT, async () => {
  const good = makeApplication(deployment.scratch.path, '3.0.0', { 'health.sh': '#!/bin/sh\nexit 0\n' });
  const installed = await endOf(['install', good, '--app', 'till', '--version', '3.0.0', '--health', 'health.sh']);
  assert.equal(installed.row.state, 'succeeded');
  const hanging = makeApplication(deployment.scratch.path, '3.1.0', { 'health.sh': '#!/bin/sh\nsleep 600\n' });
  const update = ['update', hanging, '--app', 'till', '--version', '3.1.0', '--health', 'health.sh', '--timeout', '5s'];
  const { row } = await endOf(update);
  assert.match(row.state, /^(failed|timed_out)$/);
  assert.match(row.error?.code ?? '', /^(health_failed|timed_out)$/);
  assert.equal(readlinkSync(join(device.data, 'apps/till/current')), 'releases/3.0.0');
});

test('a downgrade is refused unless the task allows it', TIMEOUT, async () => {
  const older = makeApplication(deployment.scratch.path, '2.9.0');
  const first = await endOf(['update', older, '--app', 'till', '--version', '2.9.0']);
  assert.deepEqual([first.row.state, first.row.error?.code], ['rejected', 'downgrade_refused']);
  const second = await endOf(['update', older, '--app', 'till', '--version', '2.9.0', '--allow-downgrade']);
  assert.equal(second.row.state, 'succeeded');
});

test(
  'a batch whose command exits non-zero fails with its code; an unknown channel is rejected or spooled',
  TIMEOUT,
  async () => {
    const { row } = await endOf(['batch', source('page'), '--channel', 'printer']);
    assert.deepEqual([row.state, row.error?.code], ['failed', 'command_failed']);
  },
);

test('what a device does not allow is rejected', TIMEOUT, async () => {
  const archive = source('some.deb', 'no package');
  const { row } = await endOf(['install', archive, '--app', 'some', '--version', '1', '--kind', 'deb']);
  assert.deepEqual([row.state, row.error?.code], ['rejected', 'not_allowed']);
});

test('a wrong, a used-up and a foreign token let nobody in', TIMEOUT, async () => {
  const join = (token: string, name: string) =>
    rollcall(['join', deployment.url, '--token', token, '--data', deployment.scratch.join(name)]);
  const nonsense = await join('nonsense', 'j1');
  assert.equal(nonsense.code, 2, nonsense.stderr);
  assert.match(nonsense.stderr, /token/);

  const { token } = await deployment.json<{ token: string }>(['token', 'create', '--uses', '1']);
  assert.equal((await join(token, 'j2')).code, 0);
  const again = await join(token, 'j3');
  assert.equal(again.code, 6, again.stderr);
  assert.match(again.stderr, /used up|expired/i);

  // The pin of another authority: nothing is sent to a server that cannot show it.
  const parts = token.split('.');
  parts[3] = randomBytes(32).toString('base64url');
  const foreign = await join(parts.join('.'), 'j4');
  assert.equal(foreign.code, 6, foreign.stderr);
});

test('an operator may do what the role says and no more; without a token nothing', TIMEOUT, async () => {
  const { token } = await deployment.json<{ token: string }>(['operator', 'create', 'eve', '--role', 'viewer']);
  const asEve = (args: readonly string[], given = token) =>
    rollcall([...args, '--server', deployment.url, '--token', given]);
  assert.equal((await asEve(['device', 'list'])).code, 0);
  const create = await asEve(['task', 'create', 'copy', source('a.txt'), '--to', 'a', '--target', 'all']);
  assert.equal(create.code, 6, create.stderr);
  await deployment.json(['operator', 'remove', 'eve']);
  assert.equal((await asEve(['device', 'list'])).code, 6);
});

test('a removed device is let in no more, and is told so', TIMEOUT, async () => {
  const removed = await deployment.join('gone');
  await removed.start();
  await deployment.json(['device', 'remove', 'gone']);
  await refused(['device', 'show', 'gone'], 5, /gone|no such/i);
  const restarted = startRollcall(['agent', '--data', removed.data, '--interface', 'lo']);
  removed.kill();
  const code = await restarted.stop('SIGTERM');
  assert.doesNotMatch(restarted.stdout, /^ready/m);
  assert.ok(code >= 0);
});

test('a server that cannot start says why and ends', TIMEOUT, async () => {
  const [free, second] = await freePorts(2);
  const occupied = createServer().listen(0, '127.0.0.1');
  await once(occupied, 'listening');
  const { port } = occupied.address() as { port: number };
  const serve = (name: string, listen: number, further: readonly string[]) =>
    rollcall(
      [
        'serve',
        '--data',
        deployment.scratch.join(name),
        '--listen',
        `127.0.0.1:${listen}`,
        '--device-listen',
        `127.0.0.1:${second}`,
        ...further,
      ],
      { timeoutMillis: 60_000 },
    );
  for (const [name, listen, further, says] of [
    ['s1', port, ['--interface', 'lo'], /in use|EADDRINUSE/i],
    ['s2', free ?? 0, ['--interface', 'nope0'], /nope0/],
    ['s3', free ?? 0, ['--interface', 'lo', '--group', '10.0.0.1:5000'], /10\.0\.0\.1|multicast/i],
    ['s4', free ?? 0, ['--interface', 'lo', '--group', 'somewhere'], /somewhere/],
  ] as const) {
    const result = await serve(name, listen, further);
    assert.ok(result.code === 1 || result.code === 2, `${name}: ${result.code} ${result.stderr}`);
    assert.match(result.stderr, says);
    assert.doesNotMatch(result.stdout, /^ready/m);
  }
  occupied.close();
});

test('a malformed or oversized request gets a problem, and the server goes on', TIMEOUT, async () => {
  for (const [body, statuses] of [
    ['{', [400]],
    ['{"token": 7}', [400]],
    // The server refuses it by its length, before it is all there.
    [{ length: 64 * 1024 * 1024, begin: '{"token": "' }, [413]],
  ] as const) {
    const { status, type, text } = await post(`${deployment.url}/v1/join`, body);
    assert.ok((statuses as readonly number[]).includes(status), `${status} ${text}`);
    assert.match(type, /^application\/problem\+json/);
    assert.equal(typeof (JSON.parse(text) as { code: unknown }).code, 'string');
  }
  assert.equal((await post(`${deployment.url}/v1/nowhere`, '{}')).status, 404);
  assert.equal((await deployment.run(['device', 'list'])).code, 0);
});

test('random datagrams and datagrams of another server on the group disturb no task', TIMEOUT, async () => {
  const [port] = await freePorts(1);
  const group = `239.255.77.${process.pid % 250}:${port}`;
  await using one = await Deployment.start({ group, serve: ['--rate', '100mbit'] });
  await using other = await Deployment.start({ group, serve: ['--rate', '100mbit'] });
  const noise = createSocket('udp4');
  noise.bind(0, '127.0.0.1');
  await once(noise, 'listening');
  noise.setMulticastInterface('127.0.0.1');
  const timer = setInterval(() => {
    for (const size of [0, 1, 7, 24, 200, 1400]) {
      const bytes = randomBytes(size);
      // Half of them begin as NORM version 1 does.
      if (size > 0 && Math.random() < 0.5) bytes[0] = 0x10 | ((bytes[0] ?? 0) % 8);
      noise.send(bytes, port ?? 0, group.split(':')[0]);
    }
  }, 5);
  const results = await Promise.all(
    [one, other].map(async (server) => {
      const [first] = await server.addDevices(2);
      const file = writeRandomFile(server.scratch.join('f.bin'), 16 * 1024 * 1024);
      const task = await server.createTask(['copy', file, '--to', 'f.bin', '--target', 'all', '--max-wait', '30s']);
      const view = await server.ended(task);
      const isSame = (await sha256Of(file)) === (await sha256Of(join(first?.files ?? '', 'f.bin')));
      return { outcome: view.outcome, isSame, paths: view.deliveries.map((row) => row.path) };
    }),
  );
  clearInterval(timer);
  noise.close();
  for (const result of results) {
    assert.deepEqual([result.outcome, result.isSame], ['all', true]);
    assert.ok(
      result.paths.every((path) => path?.startsWith('multicast')),
      JSON.stringify(result),
    );
  }
});

/** Sends a body, or the beginning of one that is said to be longer. */
async function post(
  url: string,
  body: string | { readonly length: number; readonly begin: string },
): Promise<{ status: number; type: string; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': typeof body === 'string' ? Buffer.byteLength(body) : body.length,
        },
        rejectUnauthorized: false,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }),
        );
        response.on('end', () => sent.destroy());
      },
    );
    sent.on('error', reject);
    if (typeof body === 'string') sent.end(body);
    else sent.write(body.begin);
  });
}
