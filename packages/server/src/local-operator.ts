/**
 * The operator of the server's own machine: its token is made anew at each start, for whoever can read the data directory. It
 * stays the same operator, so that a browser in which it is signed in outlives a restart.
 */
import path from 'node:path';
import { formatToken } from '@rollcall/api';
import { writeSecret } from './certificates/keys.ts';
import { newSecret, newTokenId } from './certificates/tokens.ts';
import type { Store } from './core/ports.ts';

export const LOCAL_OPERATOR_NAME = 'local';

export async function writeLocalOperator(
  { store, now }: { readonly store: Store; readonly now: () => number },
  { dataDirectory, url, pin }: { readonly dataDirectory: string; readonly url: string; readonly pin: string },
): Promise<void> {
  const { secret, secretHash } = newSecret();
  const id = await store.transact(async (transactor) => {
    const before = await transactor.operatorByName(LOCAL_OPERATOR_NAME);
    if (before === undefined) {
      const operator = {
        id: newTokenId(),
        name: LOCAL_OPERATOR_NAME,
        role: 'admin' as const,
        secretHash,
        createdAt: now(),
        scope: null,
        expiresAt: null,
        lastUsedAt: null,
        lastUsedFrom: null,
        subject: null,
      };
      await transactor.insertOperator(operator);
      return operator.id;
    }
    await transactor.updateOperator(before.id, { secretHash });
    return before.id;
  });
  const token = formatToken({ kind: 'operator', id, secret, pin });
  await writeSecret(
    path.join(dataDirectory, 'local-operator.json'),
    `${JSON.stringify({ url, token }, undefined, 2)}\n`,
  );
}
