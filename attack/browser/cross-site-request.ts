import assert from 'node:assert/strict';
import { operations, pathOf, type Operation } from '@rollcall/api';
import { Random } from '@rollcall/norm';
import { sampleOf } from '../../test/fuzz/sample-of-schema.ts';
import type { Attack } from '../attack.ts';
import { AttackedServer } from '../support/attacked-server.ts';
import { VictimBrowser } from '../support/victim-browser.ts';

/**
 * A page elsewhere (or on another port of the same host, to which SameSite cookies are sent) makes a signed-in operator's
 * browser ask for every operation that changes something, as forms and scripts can.
 */
export const attack: Attack = {
  name: "requests of another page with an operator's cookie, for every operation that changes something",
  async run() {
    await using server = await AttackedServer.start();
    const victim = await VictimBrowser.signedIn(server);
    const random = new Random(1);
    const auditBefore = await auditHead(server);
    let count = 0;
    for (const operation of Object.values<Operation>(operations)) {
      if (operation.door !== 'operator' || operation.method === 'GET') continue;
      const body = operation.body === undefined ? undefined : JSON.stringify(sampleOf(operation.body, random));
      const path = pathOf(operation, { id: 'a', name: 'local', device: 'a', signIn: 'a' });
      for (const headers of ELSEWHERE) {
        const { status, text } = await victim.ask(operation.method, path, body, headers);
        assert.equal(status, 403, `${operation.id} ${JSON.stringify(headers)}: ${status} ${text.slice(0, 300)}`);
        assert.equal((JSON.parse(text) as { code: string }).code, 'cross_site');
        count += 1;
      }
    }
    assert.ok(count > 50, `${count} requests`);
    assert.equal(await auditHead(server), auditBefore, 'nothing was done');
    assert.equal(await victim.isSignedIn(), true, 'and the cookie was a good one');
    return { count, stoppedBy: 'Sec-Fetch-Site or Origin must say that it is a page of this server' };
  },
};

const ELSEWHERE: readonly Readonly<Record<string, string>>[] = [
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  { 'sec-fetch-site': 'same-site', origin: 'https://127.0.0.1:1' },
  { origin: 'null' },
  {},
];

/** Sequence of the last entry that says that something was done. */
async function auditHead(server: AttackedServer): Promise<number> {
  const { text } = await server.ask('GET', `${operations.listAudit.path}?outcome=done&limit=1`);
  return (JSON.parse(text) as { entries: { sequence: number }[] }).entries[0]?.sequence ?? 0;
}
