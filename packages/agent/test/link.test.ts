import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatToken } from '@rollcall/api';
import { joinServer } from '../src/index.ts';
import { AgentBench, until } from './agent-bench.ts';

test('joining writes a directory for the user alone, with a key that nobody else can read', async () => {
  await using bench = await AgentBench.open();
  const configuration = {
    allowedRoots: ['/srv/in'],
    allow: ['deb'],
    channels: { prices: { command: ['cat'] } },
  } as const;
  const { url, token } = bench.server;
  const joined = await joinServer({ url, token, dataDirectory: bench.data, name: 'till-7', configuration });
  assert.deepEqual([joined.deviceId, joined.name], ['device-1', 'till-7']);
  const mode = async (name: string): Promise<string> => ((await stat(join(bench.data, name))).mode & 0o777).toString(8);
  assert.deepEqual([await mode('.'), await mode('device.pem')], ['700', '600']);
  assert.deepEqual(JSON.parse(await readFile(join(bench.data, 'config.json'), 'utf8')), {
    allowRoots: ['/srv/in'],
    allow: ['deb'],
    channels: { prices: { command: ['cat'] } },
  });
});

test('a join that fails leaves nothing behind, neither the folder nor a file in one that was there', async () => {
  await using bench = await AgentBench.open();
  const { url, token } = bench.server;
  bench.server.joinRefusal = 'token_used_up';
  await assert.rejects(joinServer({ url, token, dataDirectory: bench.data }), { code: 'join_refused' });
  await assert.rejects(stat(bench.data), { code: 'ENOENT' });
  await mkdir(bench.data, { mode: 0o755 });
  await writeFile(join(bench.data, 'mine'), '');
  // Others can look into it: the token is not even shown to the server.
  await assert.rejects(joinServer({ url, token, dataDirectory: bench.data }), { code: 'data_open' });
  await chmod(bench.data, 0o700);
  await assert.rejects(joinServer({ url, token, dataDirectory: bench.data }), { code: 'join_refused' });
  assert.deepEqual(await readdir(bench.data), ['mine']);
  bench.server.joinRefusal = undefined;
  await bench.join();
});

test('a device believes only the server that its token is from', async () => {
  await using bench = await AgentBench.open();
  const token = formatToken({ kind: 'join', id: 'token', secret: 's'.repeat(32), pin: 'A'.repeat(43) });
  const options = { url: bench.server.url, token, dataDirectory: bench.data };
  await assert.rejects(joinServer(options), { code: 'server_untrusted' });
  await assert.rejects(joinServer({ ...options, token: 'rubbish' }), { code: 'bad_token' });
  const nobody = { ...options, token: bench.server.token, url: 'https://127.0.0.1:1' };
  await assert.rejects(joinServer(nobody), { code: 'server_unreachable' });
});

test('a directory that has joined is not joined again', async () => {
  await using bench = await AgentBench.open();
  await bench.join();
  await assert.rejects(bench.join(), { code: 'already_joined', message: /rollcall agent --data/ });
});

test('an agent does not start without an identity, nor beside another one, nor with a damaged one', async () => {
  await using bench = await AgentBench.open();
  await assert.rejects(bench.start(), { code: 'not_joined', message: /rollcall join/ });
  await bench.join();
  const first = await bench.start();
  await assert.rejects(bench.start(), { code: 'locked' });
  await first.close();
  const second = await bench.start();
  await second.close();
  await writeFile(join(bench.data, 'identity.json'), '{"deviceId": ');
  await assert.rejects(bench.start(), { code: 'data_unusable' });
});

test('an interface that does not exist is refused, and those that do are named', async () => {
  await using bench = await AgentBench.open();
  await bench.join();
  await assert.rejects(bench.start({ interface: 'rollcall0' }), { code: 'bad_option', message: /rollcall0.*\blo\b/ });
});

test('a data directory that was copied to another machine is refused, with what to do', async () => {
  await using bench = await AgentBench.open();
  const machine = join(bench.folder, 'machine-id');
  const before = process.env['ROLLCALL_MACHINE_ID_FILE'];
  process.env['ROLLCALL_MACHINE_ID_FILE'] = machine;
  try {
    await writeFile(machine, 'one\n');
    await bench.join();
    await writeFile(machine, 'two\n');
    await assert.rejects(bench.start(), { code: 'cloned', message: /rollcall join/ });
    await writeFile(machine, 'one\n');
    await (await bench.start()).close();
  } finally {
    if (before === undefined) delete process.env['ROLLCALL_MACHINE_ID_FILE'];
    else process.env['ROLLCALL_MACHINE_ID_FILE'] = before;
  }
});

test('a removed device stops, and says what to do', async () => {
  await using bench = await AgentBench.open();
  await bench.join();
  const agent = await bench.start();
  await agent.ready;
  bench.server.tell('removed');
  const end = await agent.closed;
  assert.equal(end?.code, 'removed');
  assert.match(end.message, /rollcall join/);
});

test('a device that was removed while it was away is told at check-in', async () => {
  await using bench = await AgentBench.open();
  await bench.join();
  bench.server.refusal = 'device_removed';
  const agent = await bench.start();
  assert.equal((await agent.closed)?.code, 'removed');
});

test('while another process is connected with its identity the agent tries again, for that may be its own past', async () => {
  await using bench = await AgentBench.open();
  await bench.join();
  bench.server.refusal = 'already_connected';
  const agent = await bench.start();
  await new Promise((resolve) => setTimeout(resolve, 500));
  bench.server.refusal = undefined;
  await agent.ready;
});

test('a server that falls silent is left, and the device comes back by itself', async () => {
  await using bench = await AgentBench.open();
  bench.server.silenceSeconds = 1;
  await bench.join();
  const agent = await bench.start();
  await agent.ready;
  assert.equal(bench.server.checkIns, 1);
  bench.server.isBeating = false;
  await until('the device has connected again', () => bench.server.checkIns >= 2, 10);
  bench.server.isBeating = true;
  const requests = bench.server.requests.length;
  await until('it asks after every connection', () => bench.server.requests.length >= requests, 10);
});

test('a device that lost its server keeps trying, and connects when the server is back', async () => {
  await using bench = await AgentBench.open();
  await bench.join();
  const agent = await bench.start();
  await agent.ready;
  const { devicePort } = bench.server;
  await bench.server.hangUp();
  await new Promise((resolve) => setTimeout(resolve, 1200));
  await bench.server.listen(devicePort);
  await until('the device has connected again', () => bench.server.checkIns >= 2, 10);
});

test('heartbeats go out at the rate that the server names', async () => {
  await using bench = await AgentBench.open();
  bench.server.heartbeatSeconds = 1;
  await bench.join();
  await bench.start();
  await until('two heartbeats came', () => bench.server.heartbeats.length >= 2, 10);
});
