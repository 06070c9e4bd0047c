import assert from 'node:assert/strict';
import { operations } from '@rollcall/api';
import { REFUSED_CREDENTIALS_PER_MINUTE_MAX } from '../../packages/server/src/limits.ts';
import { TestClient } from '../../packages/server/test/test-server.ts';
import type { Attack } from '../attack.ts';
import { joinDevice, startServerOnLoopback } from '../support/identities.ts';

/**
 * Names are one for the whole server. An operator of `site=north` gives its device the names that it supposes in the
 * south: a few times it may learn that one is taken, and of what. It must not go through a dictionary.
 */
export const attack: Attack = {
  name: "a scoped operator tries out which names others' devices have",
  async run() {
    // Within one minute, so that none of the guesses is forgotten.
    await using server = await startServerOnLoopback({ monotonicNow: () => 1000 });
    const { admin } = server;
    const north = await joinDevice(server, 'north-1', { labels: { site: 'north' } });
    const south = await joinDevice(server, 'south-1', { labels: { site: 'south' } });
    const { token } = await admin.call(operations.createOperator, {
      body: { name: 'nora', role: 'operator', scope: 'site=north' },
    });
    const nora = new TestClient(admin.url, token);
    const change = (body: object) => nora.try(operations.updateDevice, { params: { id: 'north-1' }, body });
    const rename = () => change({ name: 'south-1' });
    const tries = REFUSED_CREDENTIALS_PER_MINUTE_MAX + 20;
    const statuses: number[] = [];
    for (let index = 0; index < tries; index += 1) {
      const { status, body } = await rename();
      const { detail } = body as { readonly detail: string };
      if (status === 409) assert.equal(detail, 'the name south-1 is taken: choose another');
      statuses.push(status);
    }
    assert.equal(statuses.filter((status) => status === 409).length, REFUSED_CREDENTIALS_PER_MINUTE_MAX);
    assert.equal(statuses.at(-1), 429);
    assert.equal((await change({ labels: { rack: '7' } })).status, 200, 'what gives no name is no guess');
    for (let index = 0; index < REFUSED_CREDENTIALS_PER_MINUTE_MAX; index += 1) {
      await assert.rejects(joinDevice(server, 'south-1'), /name_taken/);
    }
    await assert.rejects(joinDevice(server, 'south-1'), /too_many_requests/, 'nor by a join token');
    const renamed = await admin.try(operations.updateDevice, { params: { id: 'south-1' }, body: { name: 'south-2' } });
    assert.equal(renamed.status, 200, 'others work on, from the same address');
    const { entries } = await admin.call(operations.listAudit, { query: { operation: 'updateDevice' } });
    assert.ok(entries.some(({ outcome, details }) => outcome === 'refused' && details['code'] === 'name_taken'));
    await Promise.all([nora.close(), north.close(), south.close()]);
    return {
      count: tries + REFUSED_CREDENTIALS_PER_MINUTE_MAX + 1,
      stoppedBy: 'bounds for guesses, and the audit log; the answer says no more than that',
    };
  },
};
