/** Opens signed checkpoints of an audit log. Nothing is believed but a signature by the key that comes along, and that key's pin. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { AUDIT_CHECKPOINT_TYPE, AuditCheckpoint, isOf, preAuthEncoding, SignedCheckpoint } from '@rollcall/api';
import { CommandError, EXIT } from '../exit-code.ts';

export interface OpenedCheckpoint extends AuditCheckpoint {
  /** SHA-256 of the authority's key, as in tokens. */
  readonly pin: string;
}

/** As a line of an export begins that is one: in canonical form its fields are in the order of their names. */
const BEGIN = '{"checkpoint":';
/** What the server writes into its own log, beside time and level. */
const LOGGED = '"signedCheckpoint":';

export function isCheckpointLine(line: string): boolean {
  return line.startsWith(BEGIN);
}

/** The last one of an export, of a line of one that was kept, or of the server's own log. @throws CommandError */
export async function lastCheckpointOf(lines: AsyncIterable<string>): Promise<OpenedCheckpoint> {
  let last: string | undefined;
  for await (const line of lines) if (isCheckpointLine(line) || line.includes(LOGGED)) last = line;
  if (last === undefined) throw wrong('there is none in the file: "audit export" writes one as its last line');
  if (isCheckpointLine(last)) return openCheckpoint(last);
  // A journal puts time and host before it.
  const logged = parsed(last.slice(last.indexOf('{'))) as { readonly signedCheckpoint?: unknown } | undefined;
  return open(logged?.signedCheckpoint);
}

/** @throws CommandError */
export function openCheckpoint(line: string): OpenedCheckpoint {
  return open(parsed(line));
}

function open(signed: unknown): OpenedCheckpoint {
  if (!isOf(SignedCheckpoint, signed)) throw wrong('the line is none');
  const { checkpoint, publicKey } = signed;
  const der = Buffer.from(publicKey, 'base64');
  const payload = Buffer.from(checkpoint.payload, 'base64');
  if (checkpoint.payloadType !== AUDIT_CHECKPOINT_TYPE) throw wrong(`it was signed as ${checkpoint.payloadType}`);
  const message = preAuthEncoding(AUDIT_CHECKPOINT_TYPE, payload);
  if (!checkpoint.signatures.some(({ sig }) => isSignature(der, message, Buffer.from(sig, 'base64')))) {
    throw wrong('its signature is not right');
  }
  const statement = parsed(payload.toString());
  if (!isOf(AuditCheckpoint, statement)) throw wrong('what was signed is none');
  return { ...statement, pin: createHash('sha256').update(der).digest('base64url') };
}

function isSignature(der: Buffer, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify('sha256', message, createPublicKey({ key: der, type: 'spki', format: 'der' }), signature);
  } catch {
    return false;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wrong(reason: string): CommandError {
  return new CommandError(EXIT.failed, `the checkpoint is not right: ${reason}`);
}
