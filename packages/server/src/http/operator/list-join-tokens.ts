import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { joinTokenView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';

export function listJoinTokens({
  store,
}: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.listJoinTokens> {
  return async () => ({ tokens: (await store.reader.joinTokens()).map(joinTokenView) });
}
