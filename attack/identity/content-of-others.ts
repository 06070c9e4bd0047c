import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { operations } from '@rollcall/api';
import { TestClient, upload } from '../../packages/server/test/test-server.ts';
import type { Attack } from '../attack.ts';
import { joinDevice, startServerOnLoopback, tryOut } from '../support/identities.ts';

/**
 * An operator of `site=north` has learned which content an admin uploaded for the south, and sends it to a device of its
 * own, to read it there. What it uploaded itself, and what its devices get already, it may send.
 */
export const attack: Attack = {
  name: 'a scoped operator sends content of others to its own device',
  async run() {
    await using server = await startServerOnLoopback();
    const { admin } = server;
    const [north, south] = await Promise.all(
      ['north', 'south'].map((site) => joinDevice(server, `${site}-1`, { labels: { site } })),
    );
    const operatorOf = async (site: string) => {
      const body = { name: `of-${site}`, role: 'operator', scope: `site=${site}` } as const;
      return new TestClient(admin.url, (await admin.call(operations.createOperator, { body })).token);
    };
    const nora = await operatorOf('north');
    const susan = await operatorOf('south');
    const create = (client: TestClient, contentId: string, target: string) => {
      const body = { action: { kind: 'copy', to: 'a', form: 'file', name: 'a' }, contentId, target };
      return tryOut(client, { operation: operations.createTask, path: operations.createTask.path, body });
    };
    const secret = randomBytes(1000);
    const unused = await upload(admin, randomBytes(1000));
    const ofTheSouth = await upload(susan, secret);
    const ofBoth = await upload(admin, randomBytes(1000));
    assert.equal((await create(susan, ofTheSouth, 'south-1')).status, 201);
    assert.equal((await create(admin, ofBoth, 'all')).status, 201);

    const nowhere = 'f'.repeat(64);
    const words = (text: string, id: string) => text.replaceAll(id, nowhere).replace(/"instance":"[^"]*"/, '');
    const none = await create(nora, nowhere, 'north-1');
    assert.equal(none.status, 404);
    const foreign = [unused, ofTheSouth, ofBoth];
    for (const id of foreign) {
      const refused = await create(nora, id, 'north-1');
      assert.equal(refused.status, 404, refused.text);
      assert.equal(words(refused.text, id), words(none.text, nowhere));
    }

    // Who has the bytes may send them, and may send again what its own devices were given.
    assert.equal(await upload(nora, secret), ofTheSouth, 'stored once');
    assert.equal((await create(nora, ofTheSouth, 'north-1')).status, 201);
    assert.equal((await create(admin, unused, 'north-1')).status, 201);
    assert.equal((await create(nora, unused, 'north-1')).status, 201);
    // That it is sent within the north makes it nothing of the south.
    assert.equal((await create(susan, unused, 'south-1')).status, 404);
    await Promise.all([nora.close(), susan.close(), north!.close(), south!.close()]);
    return {
      count: foreign.length + 1,
      stoppedBy: 'the record of who uploaded what, in the words for what is not there',
    };
  },
};
