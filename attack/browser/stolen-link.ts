import assert from 'node:assert/strict';
import { operations } from '@rollcall/api';
import type { Attack } from '../attack.ts';
import { AttackedServer } from '../support/attacked-server.ts';
import { newLink, VictimBrowser } from '../support/victim-browser.ts';

/** Somebody who reads the link over a shoulder, in a mail or in a terminal's scrollback uses it after its owner, or beside. */
export const attack: Attack = {
  name: 'a sign-in link that is used a second time, or by several browsers at once',
  async run(scale) {
    await using server = await AttackedServer.start();
    const rounds = scale === 'full' ? 10 : 2;
    let refused = 0;
    for (let round = 0; round < rounds; round += 1) {
      const link = await newLink(server);
      // A mail scanner that looks at the address sees a page, and the link stays good.
      await server.ask('GET', `/sign-in`, undefined, { isWithoutToken: true });
      const browsers = Array.from({ length: 4 }, () => new VictimBrowser(server));
      const answers = await Promise.all(browsers.map((browser) => browser.open(link)));
      assert.equal(answers.filter(({ status }) => status === 201).length, 1, 'one, and no second one');
      const again = await new VictimBrowser(server).open(link);
      assert.equal((JSON.parse(again.text) as { code: string }).code, 'link_void');
      refused += 4;
    }
    const { text } = await server.ask('GET', `${operations.listAudit.path}?outcome=refused&operation=signIn`);
    assert.ok(
      (JSON.parse(text) as { entries: unknown[] }).entries.length > 0,
      'and somebody can see that it was tried',
    );
    return { count: refused, stoppedBy: 'a link is deleted in the transaction that signs in by it' };
  },
};
