import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { OperatorHandler } from '../handler.ts';

export function listAudit({ store }: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.listAudit> {
  return async ({ query: { before, limit = limits.PAGE_LENGTH_MAX } }) => {
    const { reader } = store;
    const head = await reader.auditHead();
    const beforeSequence = Math.min(before ?? Infinity, head.sequence + 1);
    const entries = await reader.auditEntries({ beforeSequence, limit });
    const last = entries.at(-1)?.sequence ?? 1;
    return { entries: [...entries], head, next: last > 1 ? last : null };
  };
}
