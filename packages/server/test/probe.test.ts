import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations, type ProbeInstruction, type ProbeReport, type Reachability } from '@rollcall/api';
import { ProbeReceiver } from '@rollcall/transport/probe';
import { DEVICE_PROBES_CONCURRENT_MAX } from '../src/limits.ts';
import { freePorts } from '../../../test/support/free-port.ts';
import { TestDevice } from './test-device.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const NOTHING: ProbeReport = {
  isFinal: false,
  interface: null,
  serverInterface: null,
  receiveBufferBytes: null,
  paths: [],
};

async function startServer(): Promise<TestServer> {
  const [port = 0] = await freePorts(1);
  return startTestServer({ interfaces: ['lo'], group: { address: '239.255.91.19', port: Math.min(port, 60_000) } });
}

async function joinDevices(server: TestServer, count: number): Promise<TestDevice[]> {
  const { token } = await server.admin.call(operations.createJoinToken, { body: { uses: count } });
  const devices: TestDevice[] = [];
  for (let index = 1; index <= count; index += 1) devices.push(await TestDevice.join(server, token, `d${index}`));
  return devices;
}

/** Listens as an agent does, and says it all at the end. */
async function takePart(device: TestDevice, instruction: ProbeInstruction): Promise<Reachability> {
  const params = { id: instruction.probeId };
  const report = (body: ProbeReport) => device.client.call(operations.reportProbe, { params, body });
  const [multicast] = instruction.paths;
  assert.equal(multicast?.path, 'multicast');
  const receiver = await ProbeReceiver.open({
    network: { mode: 'multicast', group: multicast.group, interface: 'lo' },
    limits: {
      sizeCount: instruction.sizes.length,
      datagramCount: instruction.datagramCount,
      answersMax: 8,
      answerSpacingMs: 50,
    },
    key: Buffer.from(instruction.key, 'hex'),
    answerKey: Buffer.from(instruction.answerKey, 'hex'),
    number: instruction.number,
  });
  const heard = () => ({ ...receiver.heard(), received: [...receiver.heard().received] });
  const reportHeard = (isFinal: boolean) =>
    report({ ...NOTHING, isFinal, paths: [{ path: 'multicast', ...heard(), isJoined: null, error: null }] });
  while (!(await reportHeard(false)).isOver) await new Promise((resolve) => setTimeout(resolve, 50));
  const { reachability } = await reportHeard(true);
  await receiver.close();
  return reachability;
}

test('a device asks for a probe, hears it and is heard, and its result is kept', async () => {
  await using server = await startServer();
  const [device] = await joinDevices(server, 1);
  assert.ok(device !== undefined);
  const instruction = await device.client.call(operations.askProbe, { body: { durationSeconds: 1 } });
  const reachability = await takePart(device, instruction);
  const [multicast, broadcast] = reachability.paths;
  assert.equal(multicast?.verdict, 'reached', JSON.stringify(multicast));
  assert.equal(multicast.isAnswerHeard, true);
  assert.ok((multicast.answersHeard ?? 0) <= 8);
  // Loopback has no broadcast, or nobody listened to it.
  assert.notEqual(broadcast?.verdict, 'reached');

  let kept = await server.admin.call(operations.getReachability);
  while (kept.devices.length === 0) kept = await server.admin.call(operations.getReachability);
  assert.deepEqual(kept.devices[0]?.device.name, 'd1');
  assert.deepEqual(kept.sites[0]?.multicast, { reached: 1 });
  assert.deepEqual(
    kept.network.interfaces.map(({ name }) => name),
    ['lo'],
  );
  await device.client.close();
});

test('a probe is for the devices that were told, for a few at once, and needs a role', async () => {
  await using server = await startServer();
  const devices = await joinDevices(server, DEVICE_PROBES_CONCURRENT_MAX + 1);
  const answers = [];
  for (const device of devices) answers.push(await device.client.try(operations.askProbe, { body: {} }));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 409],
  );
  const again = await devices[0]!.client.try(operations.askProbe, { body: {} });
  assert.equal(again.status, 409);

  const { probeId } = answers[0]!.body as ProbeInstruction;
  const foreign = await devices[1]!.client.try(operations.reportProbe, { params: { id: probeId }, body: NOTHING });
  assert.equal(foreign.status, 404);
  const malformed = await devices[0]!.client.try(operations.reportProbe, {
    params: { id: probeId },
    body: { ...NOTHING, paths: [{}] },
  });
  assert.equal(malformed.status, 400);

  const nobody = await server.admin.try(operations.createProbe, { body: { target: 'all' } });
  assert.equal(nobody.status, 422, 'none of them is connected');
  assert.equal((await server.admin.try(operations.getProbe, { params: { id: 'none' } })).status, 404);
  for (const device of devices) await device.client.close();
});
