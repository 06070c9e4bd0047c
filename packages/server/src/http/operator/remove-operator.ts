import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { LOCAL_OPERATOR_NAME } from '../../local-operator.ts';
import type { OperatorHandler } from '../handler.ts';

export function removeOperator({
  store,
  operatorStreams,
}: Pick<ServerContext, 'store' | 'operatorStreams'>): OperatorHandler<typeof operations.removeOperator> {
  return async ({ params: { name } }) => {
    const operatorId = await store.transact(async (transactor) => {
      const operator = await transactor.operatorByName(name);
      if (operator === undefined) throw new Problem('not_found', `there is no operator named ${name}`);
      if (name === LOCAL_OPERATOR_NAME) {
        throw new Problem('conflict', `${name} is the operator of the server's own machine and cannot be removed`);
      }
      await transactor.deleteOperator(operator.id);
      return operator.id;
    });
    operatorStreams.dismiss(operatorId);
  };
}
