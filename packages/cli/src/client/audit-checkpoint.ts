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

export function isCheckpointLine(line: string): boolean {
  return line.startsWith(BEGIN);
}

/** The last one of a text: of an export, of a line that was kept. @throws CommandError */
export function lastCheckpointOf(text: string): OpenedCheckpoint {
  const line = text
    .split('\n')
    .map((one) => one.trim())
    .findLast(isCheckpointLine);
  if (line === undefined) throw wrong('there is none in the file: "audit export" writes one as its last line');
  return openCheckpoint(line);
}

/** @throws CommandError */
export function openCheckpoint(line: string): OpenedCheckpoint {
  const signed = parsed(line);
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
