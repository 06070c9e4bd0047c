import assert from 'node:assert/strict';
import { isAudited, operations, ROLES } from '@rollcall/api';
import { TestClient } from '../../packages/server/test/test-server.ts';
import type { Attack } from '../attack.ts';
import { attemptsOf, startServerOnLoopback, tryOut } from '../support/identities.ts';

/** Each role tries each operation that is above it; which these are says the table of operations alone. */
export const attack: Attack = {
  name: "a viewer's token on every route that changes anything, an operator's on those of admins",
  async run() {
    await using server = await startServerOnLoopback();
    const viewers = attemptsOf(
      (operation) => operation.door === 'operator' && isAudited(operation) && !OF_ONESELF.has(operation.id),
      'a',
    );
    let count = 0;
    for (const [rank, role] of ROLES.entries()) {
      const { token } = await server.admin.call(operations.createOperator, { body: { name: `a-${role}`, role } });
      const client = new TestClient(server.admin.url, token);
      const above = attemptsOf(
        ({ door, role: needed = 'viewer' }) => door === 'operator' && ROLES.indexOf(needed) >= Math.min(rank + 1, 2),
        'a',
      );
      // An admin may do it all: what it is refused for is not its role.
      for (const attempt of role === 'viewer' ? [...above, ...viewers] : above) {
        const { status, code } = await tryOut(client, attempt);
        const isRefused = status === 403 && code === 'not_allowed';
        assert.equal(isRefused, role !== 'admin', `${role}: ${attempt.operation.id}: ${status} ${code}`);
        if (role !== 'admin') count += 1;
      }
      if (role !== 'admin') {
        const link = await client.try(operations.createSignInLink, { body: { operator: 'local' } });
        assert.equal(link.status, 403, `${role}: a link for somebody else`);
        count += 1;
      }
      if (role === 'viewer') count += await tryUploads(client);
      await client.close();
    }
    return { count, stoppedBy: 'the role that each operation names, looked at before its body is read' };
  },
};

/** Whoever may look may sign in with a browser, and end that: these change nothing of anybody else. */
const OF_ONESELF: ReadonlySet<string> = new Set([
  operations.createSignInLink.id,
  operations.endSignIn.id,
  operations.signOut.id,
]);

/** The way in for bytes is no operation of the table. */
async function tryUploads(client: TestClient): Promise<number> {
  const methods = ['POST', 'PATCH', 'DELETE'] as const;
  for (const method of methods) {
    const path = method === 'POST' ? '/v1/uploads' : '/v1/uploads/a';
    const answer = await client.send(method, path, { headers: { 'tus-resumable': '1.0.0', 'upload-length': '1' } });
    await answer.body.dump();
    assert.equal(answer.statusCode, 403, `${method} ${path}`);
  }
  return methods.length;
}
