import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { OperatorHandler } from '../handler.ts';

export function deleteTask({ tasks }: Pick<ServerContext, 'tasks'>): OperatorHandler<typeof operations.deleteTask> {
  return async ({ params }) => tasks.delete(params.id);
}
