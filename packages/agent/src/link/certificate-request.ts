import { type KeyObject, sign } from 'node:crypto';

/** What an enrolling device shows: its public key, signed by its private key. Nothing else; the server gives id and name. */
export function certificateRequest(keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }): string {
  // RFC 2986 §4.1: version 0, an empty subject, the key, no attributes.
  const info = der(
    SEQUENCE,
    Buffer.from([INTEGER, 1, 0]),
    der(SEQUENCE),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    der(ATTRIBUTES),
  );
  const signature = sign('sha256', info, keys.privateKey);
  const request = der(SEQUENCE, info, ECDSA_WITH_SHA256, der(BIT_STRING, Buffer.from([0]), signature));
  const lines = request.toString('base64').replace(/(.{64})(?=.)/g, '$1\n');
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`;
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const SEQUENCE = 0x30;
const ATTRIBUTES = 0xa0;

/** RFC 5758 §3.2: AlgorithmIdentifier of 1.2.840.10045.4.3.2, without parameters. */
const ECDSA_WITH_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex');

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...derLength(body.length)]), body]);
}

/** The shortest form is the only one. */
function derLength(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
