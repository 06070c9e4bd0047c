import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { operations, ROLES, type Operation } from '@rollcall/api';
import { TestClient, upload, type TestServer } from '../../packages/server/test/test-server.ts';
import type { Attack } from '../attack.ts';
import { attemptsOf, joinDevice, makeJoinToken, startServerOnLoopback, tryOut } from '../support/identities.ts';

/**
 * An operator of `site=north` names what belongs to the south, wherever an operation takes a name: by the table of
 * operations, so that a new one is tried as well. It must neither do anything nor learn that there is anything.
 */
export const attack: Attack = {
  name: 'a scoped operator outside its scope, on every route that names something',
  async run() {
    await using server = await startServerOnLoopback();
    const north = await joinDevice(server, 'north-1', { labels: { site: 'north' } });
    const south = await joinDevice(server, 'south-1', { labels: { site: 'south' } });
    await south.checkIn();
    const foreign = await makeForeign(server, south.id);
    const { token } = await server.admin.call(operations.createOperator, {
      body: { name: 'nora', role: 'operator', scope: 'site=north' },
    });
    const nora = new TestClient(server.admin.url, token);
    const before = await look(server);
    let count = 0;
    for (const [kind, id] of Object.entries(foreign)) {
      for (const attempt of attemptsOf(isNaming, id)) {
        const real = await tryOut(nora, attempt);
        const none = await tryOut(nora, { ...attempt, path: attempt.path.replaceAll(id, 'nothing') });
        const what = `${attempt.operation.id} of a ${kind}: ${real.status} ${real.text}`;
        assert.ok(real.status === 403 || real.status === 404, what);
        assert.equal(
          real.text.replaceAll(id, 'nothing').replace(/"instance":"[^"]*"/, ''),
          none.text.replace(/"instance":"[^"]*"/, ''),
          what,
        );
        count += 1;
      }
    }
    count += await tryCreating(nora, foreign);
    for (const attempt of attemptsOf(isListing, 'a')) {
      const { status, text } = await tryOut(nora, { ...attempt, body: bodyOf(attempt.operation) });
      assert.ok(status === 200 || status === 403, `${attempt.operation.id}: ${status} ${text}`);
      assert.doesNotMatch(text, /south/, attempt.operation.id);
      count += 1;
    }
    assert.deepEqual(await look(server), before, 'nothing was changed');
    await Promise.all([nora.close(), north.close(), south.close()]);
    return { count, stoppedBy: 'the scope, in the same words as for what does not exist; lists without the rest' };
  },
};

const isForOperators = ({ door, role = 'viewer' }: Operation): boolean =>
  door === 'operator' && ROLES.indexOf(role) <= ROLES.indexOf('operator');

const isNaming = (operation: Operation): boolean => isForOperators(operation) && operation.params !== undefined;

/** Whoever streams waits for ever, so the event stream is not among these. */
const isListing = (operation: Operation): boolean =>
  isForOperators(operation) &&
  operation.params === undefined &&
  (operation.method === 'GET' || operation.id === operations.previewTargets.id) &&
  operation.id !== operations.streamEvents.id;

const bodyOf = ({ id }: Operation): unknown => (id === operations.previewTargets.id ? { target: 'all' } : undefined);

type Foreign = Readonly<Record<'device' | 'name' | 'task' | 'token' | 'probe', string>>;

async function makeForeign(server: TestServer, deviceId: string): Promise<Foreign> {
  const { admin } = server;
  const contentId = await upload(admin, randomBytes(1000));
  const action = { kind: 'copy', to: 'a', form: 'file', name: 'a' } as const;
  const task = await admin.call(operations.createTask, {
    body: { name: 'of the south', action, contentId, target: 'south-1' },
  });
  await makeJoinToken(server, { labels: { site: 'south' } });
  const { tokens } = await admin.call(operations.listJoinTokens);
  const probe = await admin.call(operations.createProbe, { body: { target: 'south-1', durationSeconds: 1 } });
  return { device: deviceId, name: 'south-1', task: task.id, token: tokens[0]!.id, probe: probe.id };
}

async function tryCreating(nora: TestClient, { task, device }: Foreign): Promise<number> {
  const contentId = await upload(nora, randomBytes(1000));
  const action = { kind: 'copy', to: 'a', form: 'file', name: 'a' } as const;
  const bodies: readonly (readonly [Operation, unknown])[] = [
    ...['south-1', device, 'site=south', 'north-1,south-1'].flatMap((target): (readonly [Operation, unknown])[] => [
      [operations.createTask, { action, contentId, target }],
      [operations.previewTargets, { target }],
      [operations.createProbe, { target }],
    ]),
    [operations.createJoinToken, {}],
    [operations.createJoinToken, { labels: { site: 'south' } }],
    [operations.createJoinToken, { replaces: 'south-1' }],
    [operations.createJoinToken, { replaces: 'south-1', labels: { site: 'north' } }],
    [operations.createOperator, { name: 'nora2', role: 'admin' }],
  ];
  for (const [operation, body] of bodies) {
    const { status, text } = await tryOut(nora, { operation, path: operation.path, body });
    assert.ok(status >= 400 && status < 500, `${operation.id} ${JSON.stringify(body)}: ${status} ${text}`);
  }
  // And the other way round: what is within goes out, or takes the name of somebody outside.
  for (const body of [{ labels: { site: 'south' } }, { labels: { site: null } }]) {
    const { status } = await tryOut(nora, { operation: operations.updateDevice, path: '/v1/devices/north-1', body });
    assert.equal(status, 403, JSON.stringify(body));
  }
  assert.ok(task.length > 0);
  return bodies.length + 2;
}

/** What an admin sees, without what time alone changes. */
async function look({ admin }: TestServer): Promise<unknown> {
  const { devices } = await admin.call(operations.listDevices);
  const { tasks } = await admin.call(operations.listTasks);
  const { tokens } = await admin.call(operations.listJoinTokens);
  return {
    devices: devices.map(({ id, name, labels, pending }) => ({ id, name, labels, pending })),
    tasks: tasks.map(({ id, name, state, counts }) => ({ id, name, state, counts })),
    tokens: tokens.map(({ id, usesLeft, isRevoked }) => ({ id, usesLeft, isRevoked })),
  };
}
