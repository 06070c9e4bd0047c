import assert from 'node:assert/strict';
import type { Attack } from '../attack.ts';
import { AttackedServer } from '../support/attacked-server.ts';
import { newLink, VictimBrowser } from '../support/victim-browser.ts';

/** The attacker lays a cookie of its own under the victim's browser and waits for the victim to sign in. */
export const attack: Attack = {
  name: 'session fixation: a cookie that the attacker chose, or one of its own that is good',
  async run() {
    await using server = await AttackedServer.start();
    const chosen = `__Host-rollcall=${'a'.repeat(12)}.${'b'.repeat(43)}`;
    const attacker = await VictimBrowser.signedIn(server);
    const planted = [chosen, attacker.cookie ?? ''];
    for (const cookie of planted) {
      const victim = new VictimBrowser(server);
      victim.cookie = cookie;
      assert.equal((await victim.open(await newLink(server))).status, 201);
      assert.notEqual(victim.cookie, cookie);
      assert.equal(await victim.isSignedIn(), true);
      const thief = new VictimBrowser(server);
      thief.cookie = cookie;
      assert.equal(await thief.isSignedIn(), false, 'what the attacker knows opens nothing');
    }
    return { count: planted.length, stoppedBy: 'signing in makes a new secret and ends the one that was sent along' };
  },
};
