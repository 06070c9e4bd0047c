import { formatToken, type operations } from '@rollcall/api';
import { newSecret, newTokenId } from '../../certificates/tokens.ts';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { operatorView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';

export function createOperator({
  store,
  now,
  authority,
  addresses,
}: Pick<ServerContext, 'store' | 'now' | 'authority' | 'addresses'>): OperatorHandler<
  typeof operations.createOperator
> {
  return async ({ body: { name, role } }) => {
    const { secret, secretHash } = newSecret();
    const operator = { id: newTokenId(), name, role, secretHash, createdAt: now() };
    await store.transact(async (transactor) => {
      if ((await transactor.operatorByName(name)) !== undefined) {
        throw new Problem('name_taken', `there is an operator named ${name} already`);
      }
      await transactor.insertOperator(operator);
    });
    const token = formatToken({ kind: 'operator', id: operator.id, secret, pin: authority.pin });
    return { operator: operatorView(operator), token, url: addresses.url };
  };
}
