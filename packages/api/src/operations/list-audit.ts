import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { PAGE_LENGTH_MAX } from '../limits.ts';
import { AuditEntry, AuditHead } from '../schemas/audit.ts';
import { nullable } from '../schemas/scalars.ts';
export const listAudit = {
  id: 'listAudit',
  summary: 'Entries of the audit log, the newest first',
  method: 'GET',
  path: '/v1/audit',
  door: 'operator',
  role: 'admin',
  query: Type.Object({
    before: Type.Optional(Type.Integer({ minimum: 1 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_LENGTH_MAX })),
  }),
  /** `next` is the `before` of the next page; null on the last one. */
  answer: Type.Object({ entries: Type.Array(AuditEntry), head: AuditHead, next: nullable(Type.Integer()) }),
} as const satisfies Operation;
