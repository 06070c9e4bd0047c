import { type DeliveryError, type Envelope, limits, preAuthEncoding } from '@rollcall/api';

/** A key that this device trusts for a purpose. It knows its algorithm; what an envelope says of one is not asked. */
export interface TrustedKey {
  readonly keyId: string;
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

export type Opened = { readonly ok: true; readonly statement: unknown } | Refused;

export interface Refused {
  readonly ok: false;
  readonly error: DeliveryError;
}

/**
 * Opens an envelope of DSSE v1: one right signature by one trusted key is enough, and the statement is not looked at
 * before. A signature by a stranger beside it takes nothing away from it.
 */
export function openEnvelope(envelope: Envelope, payloadType: string, keys: readonly TrustedKey[]): Opened {
  const { signatures } = envelope;
  if (envelope.payloadType !== payloadType) {
    return refused('bad_envelope', `it holds ${shortened(envelope.payloadType)} instead of ${payloadType}`);
  }
  if (envelope.payload.length > PAYLOAD_LENGTH_MAX) {
    return refused('bad_envelope', `it is longer than ${limits.STATEMENT_BYTES_MAX} bytes`);
  }
  if (signatures.length === 0) return refused('bad_signature', 'it is not signed');
  if (signatures.length > limits.SIGNATURES_MAX) {
    return refused('bad_envelope', `it has more than ${limits.SIGNATURES_MAX} signatures`);
  }
  const payload = decodeBase64(envelope.payload);
  if (payload === undefined) return refused('bad_envelope', 'it is not in base64');
  const message = preAuthEncoding(payloadType, payload);
  const isSigned = signatures.some(({ keyid, sig }) => {
    const signature = sig.length > SIGNATURE_LENGTH_MAX ? undefined : decodeBase64(sig);
    if (signature === undefined) return false;
    return keys.some((key) => (keyid === undefined || keyid === key.keyId) && key.verify(message, signature));
  });
  if (!isSigned) return refused('bad_signature', 'no key that this device trusts has signed it as it is');
  try {
    return { ok: true, statement: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as unknown };
  } catch {
    return refused('bad_envelope', 'it is signed, and not JSON');
  }
}

export function refused(code: string, message: string): Refused {
  return { ok: false, error: { code, message } };
}

/** Either alphabet: DSSE lets the signer choose. */
function decodeBase64(text: string): Uint8Array | undefined {
  let characters: string;
  try {
    characters = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = characters.charCodeAt(index);
  return bytes;
}

function shortened(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

const PAYLOAD_LENGTH_MAX = Math.ceil(limits.STATEMENT_BYTES_MAX / 3) * 4;

/** Base64 of a signature: Ed25519 has 64 bytes, ECDSA on P-256 at most 72. */
const SIGNATURE_LENGTH_MAX = 128;
