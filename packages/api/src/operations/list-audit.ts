import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { AuditEntry, AuditHead } from '../schemas/audit.ts';
import { Next, pageQuery } from '../schemas/page.ts';
import { Timestamp } from '../schemas/scalars.ts';
export const listAudit = {
  id: 'listAudit',
  summary: 'Entries of the audit log, the newest first',
  method: 'GET',
  path: '/v1/audit',
  door: 'operator',
  role: 'admin',
  query: Type.Object({
    ...pageQuery,
    /** Name of who did it. */
    actor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
    operation: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    outcome: Type.Optional(Type.Enum(['done', 'refused'])),
    /** Id or name of something that it concerned; of many devices an entry names the first ones. */
    subject: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
    /** At this time or later … */
    from: Type.Optional(Timestamp),
    /** … and before this one. */
    before: Type.Optional(Timestamp),
    sort: Type.Optional(Type.Enum(['sequence', '-sequence'], { default: '-sequence' })),
  }),
  answer: Type.Object({ entries: Type.Array(AuditEntry), head: AuditHead, next: Next }),
  page: 'entries',
  errors: ['invalid_cursor'],
} as const satisfies Operation;
