import { Readable } from 'node:stream';
import { auditLine, canonicalJson, type AuditHead, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { StoreReader } from '../../core/ports.ts';
import { AUDIT_ENTRIES_PER_READ } from '../../limits.ts';
import type { OperatorHandler } from '../handler.ts';

export function exportAudit({
  store,
  checkpoints,
}: Pick<ServerContext, 'store' | 'checkpoints'>): OperatorHandler<typeof operations.exportAudit> {
  return async ({ query: { after = 0 }, reply }) => {
    void reply.type('application/jsonl');
    const head = await store.reader.auditHead();
    const lines = async function* (): AsyncGenerator<string> {
      yield* pages(store.reader, after, head);
      yield `${canonicalJson(checkpoints.sign(head))}\n`;
    };
    return reply.send(Readable.from(lines()));
  };
}

/** Up to the head of the beginning: what is written meanwhile is for the next export. */
async function* pages(reader: StoreReader, after: number, { sequence: last }: AuditHead): AsyncGenerator<string> {
  for (let sequence = after; sequence < last;) {
    const entries = await reader.auditEntries({ afterSequence: sequence, limit: AUDIT_ENTRIES_PER_READ });
    const page = entries.filter((entry) => entry.sequence <= last);
    if (page.length === 0) return;
    yield page.map((entry) => `${auditLine(entry)}\n`).join('');
    sequence = page.at(-1).sequence;
  }
}
