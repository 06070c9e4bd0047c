import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { operations } from '@rollcall/api';
import { NONCE } from '../../packages/server/test/test-device.ts';
import { upload } from '../../packages/server/test/test-server.ts';
import type { Attack } from '../attack.ts';
import { joinDevice, startServerOnLoopback } from '../support/identities.ts';

/** A device with a good certificate of its own reports what another has done, and asks for what another gets. */
export const attack: Attack = {
  name: "a device that reports, fetches and asks with another device's tasks",
  async run() {
    await using server = await startServerOnLoopback();
    const { admin } = server;
    const victim = await joinDevice(server, 'victim');
    const mallory = await joinDevice(server, 'mallory');
    await Promise.all([victim.checkIn(), mallory.checkIn()]);
    const contentId = await upload(admin, randomBytes(100_000));
    const action = { kind: 'copy', to: 'a', form: 'file', name: 'a' } as const;
    const { id } = await admin.call(operations.createTask, { body: { action, contentId, target: 'victim' } });

    let count = 0;
    for (const state of ['executing', 'succeeded', 'failed', 'rejected'] as const) {
      assert.equal(await mallory.report(id, count + 1, state), 'unknown', state);
      count += 1;
    }
    const held = [{ taskId: id, attempt: 1, contentId, missing: [] }];
    const asked = await mallory.client.call(operations.requestCompletion, { body: { held, nonce: NONCE } });
    assert.deepEqual(asked.decisions, [{ taskId: id, attempt: 1, decision: 'done' }], 'it learns nothing');
    // By its code: a request that the schema refuses would have tried nothing.
    for (const [method, path, refusal] of [
      ['GET', '', 'slot_required'],
      ['GET', '/leaf-table', 'not_found'],
      ['GET', '/leaves/0/pieces?sessionId=a', 'conflict'],
      ['POST', '/leaves', 'slot_required'],
    ] as const) {
      const body = method === 'GET' ? undefined : { ranges: [[0, 1]] };
      const answer = await mallory.client.send(method, `/v1/device/contents/${contentId}${path}`, { body });
      assert.equal(((await answer.body.json()) as { readonly code?: string }).code, refusal, path);
      count += 1;
    }
    const { deliveries } = await admin.call(operations.getTask, { params: { id } });
    assert.deepEqual(
      deliveries.map(({ device: { name }, state }) => [name, state]),
      [['victim', 'queued']],
    );
    assert.equal((await victim.ask()).length, 1, 'whose task it is gets it');
    await Promise.all([victim.close(), mallory.close()]);
    return {
      count: count + 1,
      stoppedBy: 'who asks is what the certificate says; only rows of that device are looked at',
    };
  },
};
