/** Checks an audit log, wherever its lines come from: nothing but the lines and a hash that was kept are believed. */
import { createHash } from 'node:crypto';
import { AuditChain, type AuditHead } from '@rollcall/api';
import { CommandError, EXIT, usageError } from '../exit-code.ts';

/** @throws CommandError that says at which entry the chain breaks */
export async function verifyAudit(
  bytes: AsyncIterable<Uint8Array>,
  keptHead: string | undefined,
): Promise<{ readonly head: AuditHead }> {
  if (keptHead !== undefined && !/^[0-9a-f]{64}$/.test(keptHead)) {
    throw usageError(`"${keptHead}" is not the hash of an entry: 64 hexadecimal digits, as "audit verify" prints them`);
  }
  const chain = new AuditChain((text) => createHash('sha256').update(text).digest('hex'));
  // The hash of the empty log is in every log.
  let isKeptThere = keptHead === undefined || keptHead === chain.head.hash;
  for await (const line of linesOf(bytes)) {
    const accepted = chain.accept(line);
    if (!accepted.ok) throw new CommandError(EXIT.failed, `the audit log is broken at ${accepted.reason}`);
    isKeptThere ||= chain.head.hash === keptHead;
  }
  if (isKeptThere) return { head: chain.head };
  const { sequence } = chain.head;
  throw new CommandError(
    EXIT.failed,
    `the audit log has ${sequence} entries and none with the kept hash: it was cut off before that entry, or rewritten`,
  );
}

/** By line feeds alone: other separators of lines may stand in a name. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let rest = '';
  for await (const piece of bytes) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > LINE_LENGTH_MAX) throw new CommandError(EXIT.failed, 'this is no audit log: a line never ends');
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

/** An entry with all its subjects and details stays far below. */
const LINE_LENGTH_MAX = 1024 * 1024;
