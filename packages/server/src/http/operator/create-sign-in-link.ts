import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { makeSignInLink } from '../../sign-in/sign-in-links.ts';
import type { OperatorHandler } from '../handler.ts';

export function createSignInLink({
  store,
  now,
  addresses,
  signIns,
}: Pick<ServerContext, 'store' | 'now' | 'addresses' | 'signIns'>): OperatorHandler<
  typeof operations.createSignInLink
> {
  return async ({ body: { operator: name }, request }, caller) => {
    // Else whoever has a cookie for an hour has one for ever.
    if (signIns.of(request) !== undefined) {
      throw new Problem('not_allowed', 'a link is made with an operator token, not by a browser that is signed in');
    }
    if (name !== undefined && name !== caller.name && caller.role !== 'admin') {
      throw new Problem(
        'not_allowed',
        `${caller.name} is ${caller.role}; a link for somebody else needs the role admin`,
      );
    }
    const operator = name === undefined ? caller : await store.reader.operatorByName(name);
    if (operator === undefined) throw new Problem('not_found', `there is no operator named ${name}`);
    return makeSignInLink({ store, now, addresses }, operator);
  };
}
