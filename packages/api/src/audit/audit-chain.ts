/**
 * The audit log's chain: each entry carries the hash of the one before, so that none can be changed, taken out or put
 * in without changing all that follow. Pure: the hash function is an argument, SHA-256 of the text in UTF-8 as hex.
 */
import type { AuditEntry, AuditHead } from '../schemas/audit.ts';
import { AuditEntry as AuditEntrySchema } from '../schemas/audit.ts';
import { isOf } from '../schemas/is-of.ts';
import type { Parsed } from '../units/parse-result.ts';
import { canonicalJson } from './canonical-json.ts';

export type HashText = (text: string) => string;

/** What is to be written, before it has its place in the chain. */
export type AuditNote = Omit<AuditEntry, 'sequence' | 'previousHash' | 'hash'>;

/** Before the first entry. */
export const AUDIT_BEGIN: AuditHead = { sequence: 0, hash: '0'.repeat(64) };

export function sealAuditEntry(hashText: HashText, head: AuditHead, note: AuditNote): AuditEntry {
  const entry = { ...note, sequence: head.sequence + 1, previousHash: head.hash };
  return { ...entry, hash: hashText(canonicalJson(entry)) };
}

/** An entry as a line of an export. */
export function auditLine(entry: AuditEntry): string {
  return canonicalJson(entry);
}

/** Walks a chain line by line from its begin, and says where it breaks. */
export class AuditChain {
  readonly #hashText: HashText;
  #head = AUDIT_BEGIN;

  constructor(hashText: HashText) {
    this.#hashText = hashText;
  }

  /** The last entry that was accepted. */
  get head(): AuditHead {
    return this.#head;
  }

  accept(line: string): Parsed<AuditEntry> {
    const { sequence, hash } = this.#head;
    const expected = sequence + 1;
    const broken = (reason: string) => ({ ok: false, reason: `entry ${expected}: ${reason}` }) as const;
    let entry: unknown;
    try {
      entry = JSON.parse(line);
    } catch {
      return broken('the line is not JSON; was the file cut off?');
    }
    if (!isOf(AuditEntrySchema, entry)) return broken('the line is not an entry of an audit log');
    if (auditLine(entry) !== line) return broken('the line is not in its canonical form: it was edited');
    if (entry.sequence !== expected) {
      const advice = sequence === 0 ? '; what goes before it must be put in front' : '';
      return broken(`the line has sequence ${entry.sequence}${advice}`);
    }
    if (entry.previousHash !== hash) return broken('it does not follow the entry before it: one of them was changed');
    const { hash: claimed, ...rest } = entry;
    if (this.#hashText(canonicalJson(rest)) !== claimed) return broken('its hash is not that of its content');
    this.#head = { sequence: entry.sequence, hash: claimed };
    return { ok: true, value: entry };
  }
}
