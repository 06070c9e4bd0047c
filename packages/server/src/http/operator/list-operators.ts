import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { operatorView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';

export function listOperators({
  store,
}: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.listOperators> {
  return async () => ({ operators: (await store.reader.operators()).map(operatorView) });
}
