import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AgentBench, until } from './agent-bench.ts';
import { TestAuthority } from './certificates.ts';

/** The clock of a machine in the middle of that year. */
const clockOf = (year: number) => () => Date.UTC(year, 6);

test('a certificate is renewed when two thirds of its life are over, and the new one is used at once', async () => {
  await using bench = await AgentBench.open();
  bench.server.validity = { from: 2020, to: 2023 };
  await bench.join();
  const before = await readFile(join(bench.data, 'device.pem'), 'utf8');
  bench.server.validity = { from: 2022, to: 2050 };
  const agent = await bench.start({ now: clockOf(2022) });
  await agent.ready;
  assert.equal(bench.server.renewals.length, 1);
  assert.equal(bench.server.checkedIn.length, 1);
  assert.notEqual(bench.server.checkedIn[0], bench.server.renewals[0]);
  const after = await readFile(join(bench.data, 'device.pem'), 'utf8');
  const keyOf = (pem: string) => /-----BEGIN PRIVATE KEY-----[^-]+/.exec(pem)?.[0];
  assert.ok(keyOf(after) !== undefined && keyOf(after) !== keyOf(before), 'a key of its own');
  await agent.close();
  await (
    await bench.start({ now: clockOf(2022) })
  ).ready;
  assert.equal(bench.server.renewals.length, 1);
  assert.equal(bench.server.checkedIn[1], bench.server.checkedIn[0]);
});

test('an agent that keeps running renews as well, and goes on', async () => {
  await using bench = await AgentBench.open();
  bench.server.heartbeatSeconds = 1;
  bench.server.validity = { from: 2020, to: 2023 };
  await bench.join();
  let year = 2021;
  const agent = await bench.start({ now: () => clockOf(year)() });
  await agent.ready;
  assert.equal(bench.server.renewals.length, 0);
  bench.server.validity = { from: 2022, to: 2050 };
  year = 2022;
  await until('it has renewed and is connected again', () => bench.server.checkIns >= 2, 10);
  assert.equal(bench.server.renewals.length, 1);
  assert.notEqual(bench.server.checkedIn[1], bench.server.checkedIn[0]);
  const beats = bench.server.heartbeats.length;
  await until('heartbeats go on', () => bench.server.heartbeats.length > beats, 10);
});

test('a device whose certificate the server calls expired renews by itself, whatever its own clock says', async () => {
  await using bench = await AgentBench.open();
  await bench.join();
  bench.server.refusal = 'certificate_expired';
  const agent = await bench.start({ now: clockOf(2020) });
  await agent.ready;
  assert.equal(bench.server.renewals.length, 1);
});

test('a renewal that fails keeps nobody from working while the certificate is good', async () => {
  await using bench = await AgentBench.open();
  bench.server.validity = { from: 2020, to: 2023 };
  await bench.join();
  bench.server.renewalRefusal = 'internal';
  const agent = await bench.start({ now: clockOf(2022) });
  await agent.ready;
  assert.equal(bench.server.checkIns, 1);
});

test('a renewed certificate that is not of the own authority is not taken', async () => {
  await using bench = await AgentBench.open();
  bench.server.validity = { from: 2020, to: 2023 };
  await bench.join();
  const before = await readFile(join(bench.data, 'device.pem'), 'utf8');
  bench.server.renewalAuthority = new TestAuthority();
  const agent = await bench.start({ now: clockOf(2022) });
  await agent.ready;
  assert.equal(bench.server.renewals.length, 1);
  assert.deepEqual(bench.server.checkedIn, bench.server.renewals);
  assert.equal(await readFile(join(bench.data, 'device.pem'), 'utf8'), before);
});

test('a clock that is far ahead makes the agent renew once, not for ever', async () => {
  await using bench = await AgentBench.open();
  bench.server.heartbeatSeconds = 1;
  await bench.join();
  const agent = await bench.start({ now: clockOf(2048) });
  await agent.ready;
  await until('two heartbeats came', () => bench.server.heartbeats.length >= 2, 10);
  assert.equal(bench.server.renewals.length, 1);
});

test('a device whose certificate is void stops and tells what to do', async () => {
  await using bench = await AgentBench.open();
  bench.server.validity = { from: 2020, to: 2023 };
  await bench.join();
  bench.server.renewalRefusal = 'certificate_void';
  const agent = await bench.start({ now: clockOf(2026) });
  const end = await agent.closed;
  assert.equal(end?.code, 'certificate_void');
});

test('a pending device waits, and starts by itself once it is approved', async () => {
  await using bench = await AgentBench.open();
  await bench.join();
  bench.server.refusal = 'device_pending';
  const agent = await bench.start();
  let isReady = false;
  void agent.ready.then(() => (isReady = true));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(isReady, false);
  bench.server.refusal = undefined;
  await agent.ready;
});

test('a data directory with the key in a file of its own still starts', async () => {
  await using bench = await AgentBench.open();
  await bench.join();
  const file = join(bench.data, 'device.pem');
  const [, certificate, key] = /^(.*?END CERTIFICATE-----\n)(.*)$/s.exec(await readFile(file, 'utf8'))!;
  await writeFile(file, certificate!);
  await writeFile(join(bench.data, 'device.key'), key!, { mode: 0o600 });
  const agent = await bench.start();
  await agent.ready;
});

test('who has a certificate of the authority that is not for a server is not taken for it', async () => {
  await using bench = await AgentBench.open();
  await bench.join();
  bench.server.showDeviceCertificate();
  const agent = await bench.start();
  const hasConnected = await Promise.race([
    agent.ready.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 1500)),
  ]);
  assert.equal(hasConnected, false);
  assert.equal(bench.server.checkIns, 0);
});
