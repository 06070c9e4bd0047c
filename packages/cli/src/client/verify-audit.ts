/** Checks an audit log, wherever its lines come from: nothing but the lines and what was kept elsewhere are believed. */
import { createHash } from 'node:crypto';
import { AUDIT_BEGIN, AuditChain, type AuditHead } from '@rollcall/api';
import { CommandError, EXIT, usageError } from '../exit-code.ts';
import { isCheckpointLine, openCheckpoint, type OpenedCheckpoint } from './audit-checkpoint.ts';

/** What somebody knows beforehand of the log. */
export interface Kept {
  /** The hash of an entry. */
  readonly head?: string | undefined;
  readonly checkpoint?: OpenedCheckpoint | undefined;
  /** Of the authority that signs its checkpoints. */
  readonly pin?: string | undefined;
}

export interface VerifiedAudit extends AuditHead {
  /** Of this very head; null: the log does not end with one. */
  readonly checkpoint: OpenedCheckpoint | null;
}

/** @throws CommandError that says at which entry the chain breaks, or what of what was kept it contradicts */
export async function verifyAudit(bytes: AsyncIterable<Uint8Array>, kept: Kept = {}): Promise<VerifiedAudit> {
  if (kept.head !== undefined && !/^[0-9a-f]{64}$/.test(kept.head)) {
    throw usageError(
      `"${kept.head}" is not the hash of an entry: 64 hexadecimal digits, as "audit verify" prints them`,
    );
  }
  const pin = kept.pin ?? kept.checkpoint?.pin;
  requireAuthority(kept.checkpoint, pin);
  const chain = new AuditChain((text) => createHash('sha256').update(text).digest('hex'));
  let checkpoint: OpenedCheckpoint | null = null;
  // The hash of the empty log is in every log.
  let isKeptThere = kept.head === undefined || kept.head === AUDIT_BEGIN.hash;
  for await (const line of linesOf(bytes)) {
    if (isCheckpointLine(line)) {
      checkpoint = openCheckpoint(line);
      requireSame(checkpoint, chain.head, 'a checkpoint in it');
      requireAuthority(checkpoint, pin);
      continue;
    }
    checkpoint = null;
    const accepted = chain.accept(line);
    if (!accepted.ok) throw failed(`is broken at ${accepted.reason}`);
    isKeptThere ||= chain.head.hash === kept.head;
    if (chain.head.sequence === kept.checkpoint?.sequence)
      requireSame(kept.checkpoint, chain.head, 'the kept checkpoint');
  }
  const { sequence } = chain.head;
  if (sequence < (kept.checkpoint?.sequence ?? 0)) {
    throw failed(
      `has ${sequence} entries, and had ${kept.checkpoint!.sequence} when the checkpoint was signed: it was cut off`,
    );
  }
  if (!isKeptThere) {
    throw failed(`has ${sequence} entries and none with the kept hash: it was cut off before that entry, or rewritten`);
  }
  return { ...chain.head, checkpoint };
}

function requireSame({ sequence, hash, at }: OpenedCheckpoint, head: AuditHead, what: string): void {
  if (sequence === head.sequence && hash === head.hash) return;
  const when = `${what} (signed at ${new Date(at).toISOString()})`;
  throw failed(
    sequence === head.sequence
      ? `was rewritten: its entry ${sequence} is not the one of ${when}`
      : `was cut off or rewritten: ${when} is of ${sequence} entries, and ${head.sequence} go before it`,
  );
}

function requireAuthority(checkpoint: OpenedCheckpoint | undefined, pin: string | undefined): void {
  if (checkpoint === undefined || pin === undefined || checkpoint.pin === pin) return;
  throw failed(`has a checkpoint that another authority signed: ${checkpoint.pin}, not ${pin}`);
}

function failed(reason: string): CommandError {
  return new CommandError(EXIT.failed, `the audit log ${reason}`);
}

/** By line feeds alone: other separators of lines may stand in a name. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let rest = '';
  for await (const piece of bytes) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > LINE_LENGTH_MAX) throw failed('a line of it never ends');
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

/** An entry with all its subjects and details stays far below. */
const LINE_LENGTH_MAX = 1024 * 1024;
