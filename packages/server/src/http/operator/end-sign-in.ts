import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import type { OperatorHandler } from '../handler.ts';

export function endSignIn({
  store,
  operatorStreams,
}: Pick<ServerContext, 'store' | 'operatorStreams'>): OperatorHandler<typeof operations.endSignIn> {
  return async ({ params: { signIn: id } }, operator) => {
    await store.transact(async (transactor) => {
      const signIn = await transactor.signIn(id);
      const isTheirs = signIn?.operatorId === operator.id || operator.role === 'admin';
      if (signIn === undefined || !isTheirs) throw new Problem('not_found', `there is no sign-in ${id}`);
      await transactor.deleteSignIn(id);
    });
    operatorStreams.dismiss(id);
  };
}
