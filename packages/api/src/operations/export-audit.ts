import type { Operation } from './operation.ts';
import { Type } from 'typebox';
export const exportAudit = {
  id: 'exportAudit',
  summary:
    'The audit log as JSON lines (application/jsonl) in canonical form: its entries, the oldest first, and a checkpoint',
  method: 'GET',
  path: '/v1/audit/export',
  door: 'operator',
  role: 'admin',
  query: Type.Object({
    /** Only what comes behind this sequence. */
    after: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
  stream: 'application/jsonl',
} as const satisfies Operation;
