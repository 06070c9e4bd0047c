import { preAuthEncoding, type Envelope } from '@rollcall/api';

/** An envelope of DSSE v1 around a statement, with one signature. */
export function signEnvelope(
  payloadType: string,
  statement: object,
  keyid: string,
  sign: (bytes: Uint8Array) => Buffer,
): Envelope {
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = sign(preAuthEncoding(payloadType, payload)).toString('base64');
  return { payloadType, payload: payload.toString('base64'), signatures: [{ keyid, sig }] };
}
