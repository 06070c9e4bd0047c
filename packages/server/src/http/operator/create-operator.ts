import { formatToken, type operations } from '@rollcall/api';
import { newSecret, newTokenId } from '../../certificates/tokens.ts';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { parseScope } from '../../core/scope.ts';
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
  return async ({ body: { name, role, scope: scopeText, ttlSeconds } }) => {
    const scope = parseScope(scopeText ?? 'all');
    if (!scope.ok) throw new Problem('invalid_selector', `the scope "${scopeText}": ${scope.reason}`);
    if (role === 'admin' && scope.value !== null) {
      throw new Problem('invalid_request', 'an admin has no scope: it could make itself an operator without one');
    }
    const { secret, secretHash } = newSecret();
    const operator = {
      id: newTokenId(),
      name,
      role,
      secretHash,
      createdAt: now(),
      scope: scope.value,
      expiresAt: ttlSeconds === undefined ? null : now() + ttlSeconds * 1000,
      lastUsedAt: null,
      lastUsedFrom: null,
      subject: null,
    };
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
