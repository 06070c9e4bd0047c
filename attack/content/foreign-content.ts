import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { operations, pathOf } from '@rollcall/api';
import { NONCE, TestDevice } from '../../packages/server/test/test-device.ts';
import { startTestServer, upload } from '../../packages/server/test/test-server.ts';
import type { Attack } from '../attack.ts';

/** A device of the same server, whose certificate is good, that is no target of the task. */
export const attack: Attack = {
  name: 'a device asks for the content, the leaf table, the leaves and the key of a task that is for another device',
  async run(scale) {
    await using server = await startTestServer({ mode: 'unicast' });
    const { token } = await server.admin.call(operations.createJoinToken, { body: { uses: 2 } });
    const target = await TestDevice.join(server, token, 'target');
    const stranger = await TestDevice.join(server, token, 'stranger');
    await Promise.all([target.checkIn(), stranger.checkIn()]);
    const contentId = await upload(server.admin, randomBytes(200_000));
    const action = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
    const { id: taskId } = await server.admin.call(operations.createTask, {
      body: { action, contentId, target: 'target' },
    });
    const [decision] = await target.ask();
    assert.ok(decision !== undefined && decision.decision === 'fetch');
    const { contentKey } = JSON.parse(Buffer.from(decision.manifest.payload, 'base64').toString()) as Record<
      string,
      string
    >;
    assert.ok(contentKey !== undefined);

    const params = { contentId };
    const requestsBy = ({ client }: TestDevice) => [
      () => client.send('GET', pathOf(operations.getContent, params)),
      () => client.send('GET', pathOf(operations.getContent, params), { headers: { range: 'bytes=0-9' } }),
      () => client.send('GET', pathOf(operations.getLeafTable, params)),
      () => client.send('POST', pathOf(operations.getLeaves, params), { body: { ranges: [[0, 1]] } }),
    ];
    // Whose task it is gets all of it by these very requests.
    for (const request of requestsBy(target)) {
      const { statusCode, body } = await request();
      await body.dump();
      assert.ok(statusCode === 200 || statusCode === 206, String(statusCode));
    }

    let count = 0;
    for (let round = 0; round < (scale === 'full' ? 50 : 3); round += 1) {
      for (const request of requestsBy(stranger)) {
        const { body } = await request();
        const { code } = (await body.json()) as { readonly code?: string };
        assert.match(code ?? '', /^(slot_required|not_found)$/);
        count += 1;
      }
      const held = [{ taskId, attempt: 1, contentId, missing: [] }];
      const asked = await stranger.client.call(operations.requestCompletion, { body: { held, nonce: NONCE } });
      assert.deepEqual(asked.decisions, [{ taskId, attempt: 1, decision: 'done' }], 'no manifest, and so no key');
      count += 1;
    }
    await Promise.all([target.close(), stranger.close()]);
    return {
      count,
      stoppedBy: 'content and keys are given by the rows of the task status table that are open for the device',
    };
  },
};
