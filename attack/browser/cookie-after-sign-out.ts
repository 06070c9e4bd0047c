import assert from 'node:assert/strict';
import { operations } from '@rollcall/api';
import type { Attack } from '../attack.ts';
import { AttackedServer } from '../support/attacked-server.ts';
import { newLink, VictimBrowser } from '../support/victim-browser.ts';

/** Somebody copied the cookie, from a backup of the browser's profile for instance, and comes when its owner has gone. */
export const attack: Attack = {
  name: 'a cookie that was copied, after its owner signed out, was signed out, or was removed',
  async run() {
    await using server = await AttackedServer.start();
    const ends: readonly ((owner: VictimBrowser, id: string) => Promise<{ status: number }>)[] = [
      (owner) => owner.ask('DELETE', operations.signOut.path),
      (_owner, id) => server.ask('DELETE', `/v1/sign-ins/${id}`),
      () => server.ask('DELETE', '/v1/operators/mallory'),
    ];
    for (const end of ends) {
      const made = await server.ask('POST', operations.createOperator.path, '{"name":"mallory","role":"viewer"}');
      const { token } = JSON.parse(made.text) as { token: string };
      const owner = new VictimBrowser(server);
      const signedIn = await owner.ask('POST', operations.signIn.path, JSON.stringify({ token }));
      const thief = new VictimBrowser(server);
      thief.cookie = owner.cookie;
      assert.equal(await thief.isSignedIn(), true, 'until then a copy is as good as the cookie');
      const { status } = await end(owner, (JSON.parse(signedIn.text) as { signIn: { id: string } }).signIn.id);
      assert.equal(status, 204);
      assert.equal(await thief.isSignedIn(), false);
      await server.ask('DELETE', '/v1/operators/mallory');
    }
    const unborn = new VictimBrowser(server);
    await unborn.open(await newLink(server));
    unborn.cookie = unborn.cookie?.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    assert.equal(await unborn.isSignedIn(), false, 'one character off');
    return { count: ends.length + 1, stoppedBy: 'the store has the hash of each secret, and forgets it at the end' };
  },
};
