import { formatToken, type operations } from '@rollcall/api';
import { newSecret, newTokenId } from '../../certificates/tokens.ts';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { isTokenWithin, isWithin, scopeOf } from '../../core/scope.ts';
import { joinTokenView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';

export function createJoinToken({
  store,
  now,
  authority,
  addresses,
}: Pick<ServerContext, 'store' | 'now' | 'authority' | 'addresses'>): OperatorHandler<
  typeof operations.createJoinToken
> {
  return async ({ body }, operator) => {
    const { replaces = null } = body;
    const scope = scopeOf(operator);
    const replaced = replaces === null ? undefined : await store.reader.deviceByName(replaces);
    if (replaces !== null && (replaced === undefined || !isWithin(scope, replaced))) {
      throw new Problem('not_found', `there is no device named ${replaces} to replace`);
    }
    const labels = body.labels ?? {};
    if (!isTokenWithin(scope, { labels }, replaced)) {
      const detail = `a token of yours must itself give the labels of your scope (${operator.scope})`;
      throw new Problem('not_allowed', detail);
    }
    const id = newTokenId();
    const { secret, secretHash } = newSecret();
    const record = {
      id,
      secretHash,
      createdAt: now(),
      createdBy: operator.name,
      expiresAt: now() + (body.ttlSeconds ?? TTL_SECONDS_DEFAULT) * 1000,
      // A place is taken once; a token for a fleet is good for its time.
      usesLeft: body.uses ?? (replaces === null ? USES_DEFAULT : 1),
      labels,
      replaces,
      isRevoked: false,
      needsApproval: body.needsApproval ?? false,
      scope: operator.scope,
    };
    await store.transact((transactor) => transactor.insertJoinToken(record));
    const token = formatToken({ kind: 'join', id, secret, pin: authority.pin });
    const { url } = addresses;
    const command = `rollcall join ${url} --token ${token} --data /var/lib/rollcall-agent`;
    return { ...joinTokenView(record), token, url, command };
  };
}

const TTL_SECONDS_DEFAULT = 24 * 3600;
const USES_DEFAULT = 1;
