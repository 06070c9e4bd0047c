import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { CLEARED_COOKIE } from '../../sign-in/cookie.ts';
import type { OperatorHandler } from '../handler.ts';

export function signOut({
  store,
  signIns,
  operatorStreams,
}: Pick<ServerContext, 'store' | 'signIns' | 'operatorStreams'>): OperatorHandler<typeof operations.signOut> {
  return async ({ request, reply }) => {
    const signIn = signIns.of(request);
    if (signIn === undefined) throw new Problem('conflict', 'this request has a token, and no cookie to sign out');
    await store.transact((transactor) => transactor.deleteSignIn(signIn.id));
    operatorStreams.dismiss(signIn.id);
    void reply.header('set-cookie', CLEARED_COOKIE);
  };
}
