import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import type { OperatorHandler } from '../handler.ts';

export function revokeJoinToken({
  store,
}: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.revokeJoinToken> {
  return async ({ params: { id } }) =>
    store.transact(async (transactor) => {
      if ((await transactor.joinToken(id)) === undefined)
        throw new Problem('not_found', `there is no join token ${id}`);
      await transactor.updateJoinToken(id, { isRevoked: true });
    });
}
