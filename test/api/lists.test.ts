/** Lists: pages, filters and orders, through the API's own client. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { operations } from '@rollcall/api';
import { ProblemError, type RollcallClient } from '@rollcall/client';
import { TestDevice } from '../../packages/server/test/test-device.ts';
import { startTestServer, upload, type TestServer } from '../../packages/server/test/test-server.ts';
import { clientOf } from './client-of.ts';

const DEVICES = 23;
const TASKS = 7;
const copy = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;

let server: TestServer;
let client: RollcallClient;
const devices: TestDevice[] = [];
const taskIds: string[] = [];

before(async () => {
  server = await startTestServer({ mode: 'unicast' });
  client = clientOf(server.admin);
  const { token } = await client.call('createJoinToken', { body: { uses: DEVICES } });
  for (let index = 0; index < DEVICES; index += 1) {
    const labels = { site: index % 2 === 0 ? 'north' : 'south' };
    devices.push(await TestDevice.join(server, token, `till-${index}`, undefined, labels));
  }
  const contentId = await upload(server.admin, Buffer.from('listed'));
  for (let index = 0; index < TASKS; index += 1) {
    const body = { name: `Task ${index % 3}`, action: copy, contentId, target: 'all' };
    taskIds.push((await client.call('createTask', { body })).id);
  }
});

after(async () => {
  for (const device of devices) await device.close();
  await server[Symbol.asyncDispose]();
});

test('a list is the same whatever the length of its pages, in every order', async () => {
  const params = { id: taskIds[0]! };
  const whole = {
    devices: await client.list('listDevices'),
    tasks: await client.list('listTasks'),
    deliveries: await client.list('listDeliveries', { params }),
    audit: await client.list('listAudit', { query: { limit: 1000 } }),
  };
  assert.deepEqual([whole.devices.length, whole.tasks.length, whole.deliveries.length], [DEVICES, TASKS, DEVICES]);
  const bySort = fc.oneof(
    fc
      .constantFrom('name', '-name', 'seen', '-seen', 'enrolled', '-enrolled')
      .map((sort) => ({ of: 'devices', sort }) as const),
    fc.constantFrom('created', '-created', 'name', '-name').map((sort) => ({ of: 'tasks', sort }) as const),
    fc.constantFrom('device', '-device', 'updated', '-updated').map((sort) => ({ of: 'deliveries', sort }) as const),
    fc.constantFrom('sequence', '-sequence').map((sort) => ({ of: 'audit', sort }) as const),
  );
  await fc.assert(
    fc.asyncProperty(bySort, fc.integer({ min: 1, max: 30 }), async (list, limit) => {
      const { sort } = list;
      const keyOf = (item: object) => JSON.stringify(item);
      const paged =
        list.of === 'devices'
          ? await client.list('listDevices', { query: { sort: list.sort, limit } })
          : list.of === 'tasks'
            ? await client.list('listTasks', { query: { sort: list.sort, limit } })
            : list.of === 'deliveries'
              ? await client.list('listDeliveries', { params, query: { sort: list.sort, limit } })
              : await client.list('listAudit', { query: { sort: list.sort, limit } });
      assert.deepEqual(paged.map(keyOf).toSorted(), whole[list.of].map(keyOf).toSorted(), `${list.of} by ${sort}`);
    }),
    { numRuns: 40 },
  );
  const names = (await client.list('listDevices', { query: { sort: '-name', limit: 5 } })).map(({ name }) => name);
  assert.deepEqual(names, names.toSorted().toReversed());
});

test('what comes and goes between two pages repeats nothing and leaves out nothing that stayed', async () => {
  const pages = client.pages('listDevices', { query: { limit: 10 } });
  const first = await pages.next();
  assert.equal(first.done, false);
  const { token } = await client.call('createJoinToken', { body: { uses: 2 } });
  const early = await TestDevice.join(server, token, 'a-first');
  await client.call('removeDevice', { params: { id: first.value.devices.at(-1).id } });
  const rest: string[] = [];
  for await (const page of pages) rest.push(...page.devices.map(({ name }) => name));
  const seen = [...first.value.devices.map(({ name }) => name), ...rest];
  assert.deepEqual(seen.toSorted(), devices.map(({ name }) => name).toSorted());
  await client.call('removeDevice', { params: { id: early.id } });
  await TestDevice.join(server, token, first.value.devices.at(-1).name).then((device) => devices.push(device));
  await early.close();
});

test('devices are found by text, selector, presence and version', async () => {
  await devices[3]!.checkIn();
  const named = async (query: object) =>
    (await client.list('listDevices', { query: { limit: 4, ...query } })).map(({ name }) => name);
  assert.deepEqual(await named({ search: 'LL-2' }), ['till-2', 'till-20', 'till-21', 'till-22']);
  assert.deepEqual(await named({ search: 'nort', selector: 'till-2,till-3,till-4' }), ['till-2', 'till-4']);
  assert.deepEqual(await named({ online: true }), ['till-3']);
  assert.equal((await named({ online: false })).length, DEVICES - 1);
  assert.equal((await named({ version: '0.1.0' })).length, DEVICES);
  assert.deepEqual(await named({ version: '9.9.9' }), []);
});

test('tasks are found by state, kind, text and time of creation', async () => {
  await client.call('pauseTask', { params: { id: taskIds[2]! } });
  await client.call('cancelTask', { params: { id: taskIds[4]! } });
  const found = async (query: NonNullable<Parameters<typeof client.list<'listTasks'>>[1]>['query']) =>
    (await client.list('listTasks', { query: { sort: 'created', limit: 2, ...query } })).map(({ id }) => id);
  assert.deepEqual(await found({ state: ['paused', 'cancelled'] }), [taskIds[2], taskIds[4]]);
  assert.deepEqual(await found({ kind: ['batch', 'install'] }), []);
  assert.deepEqual(await found({ search: 'task 2' }), [taskIds[2], taskIds[5]]);
  const { createdAt } = await client.call('getTask', { params: { id: taskIds[3]! } });
  assert.ok(!(await found({ createdBefore: createdAt })).includes(taskIds[3]!));
  assert.ok((await found({ createdFrom: createdAt })).includes(taskIds[3]!));
  assert.deepEqual(await found({ createdFrom: createdAt + 3_600_000 }), []);
});

test('rows of a task are found by state, path and device; a task comes without them when asked so', async () => {
  const id = taskIds[0]!;
  const device = devices[5]!;
  await device.checkIn();
  await device.ask();
  await device.report(id, 1, 'succeeded', { isAlreadyPresent: true });
  const list = (query: object) => client.list('listDeliveries', { params: { id }, query });
  assert.deepEqual(
    (await list({ state: ['succeeded'] })).map((row) => row.device.name),
    ['till-5'],
  );
  assert.deepEqual(
    (await list({ path: ['already_present'] })).map((row) => row.device.name),
    ['till-5'],
  );
  assert.deepEqual((await list({ path: ['multicast', 'unicast'] })).length, 0);
  assert.deepEqual((await list({ search: 'TILL-1', sort: '-device' })).length, 11);
  const bare = await client.call('getTask', { params: { id }, query: { deliveries: false } });
  assert.deepEqual(bare.deliveries, []);
  assert.equal(bare.counts.succeeded, 1);
  await assert.rejects(client.list('listDeliveries', { params: { id: 'none' } }), isProblem('not_found'));
});

test('the audit log is searched by who, what, whom and outcome', async () => {
  const list = (query: object) => client.list('listAudit', { query: { limit: 3, ...query } });
  const created = await list({ operation: operations.createTask.id });
  assert.equal(created.length, TASKS);
  assert.ok(created.every(({ actor }) => actor.name === 'local'));
  assert.deepEqual(
    (await list({ subject: taskIds[4] })).map(({ operation }) => operation),
    ['cancelTask', 'createTask'],
  );
  assert.ok((await list({ subject: 'till-7' })).some(({ operation }) => operation === 'join'));
  assert.equal((await list({ actor: 'nobody' })).length, 0);
  assert.equal((await list({ from: Date.now() + 60_000 })).length, 0);
  const whole = await list({});
  assert.equal((await list({ before: Date.now() + 60_000, outcome: 'done' })).length, whole.length);
});

test('a cursor of another list, of another order, or made up, is refused', async () => {
  const { next } = await client.call('listDevices', { query: { limit: 1 } });
  assert.ok(next !== null);
  const refused = (query: object) =>
    assert.rejects(client.call('listDevices', { query }), isProblem('invalid_cursor'), JSON.stringify(query));
  await refused({ cursor: next, sort: '-name' });
  await refused({ cursor: 'made-up' });
  await refused({ cursor: Buffer.from('["name",{"a":1},null]').toString('base64url') });
  await assert.rejects(client.call('listDevices', { query: { cursor: 'ä' } }), isProblem('invalid_request'));
  await assert.rejects(client.call('listTasks', { query: { cursor: next } }), isProblem('invalid_cursor'));
});

function isProblem(code: string) {
  return (error: unknown) => error instanceof ProblemError && error.problem.code === code;
}
