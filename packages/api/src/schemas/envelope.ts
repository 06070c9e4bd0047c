/**
 * A signed statement: an envelope of DSSE v1 (secure-systems-lab, "Dead Simple Signing Envelope"). What its fields may
 * hold is judged by who opens it, so that one bad envelope spoils no answer around it.
 */
import { Type, type Static } from 'typebox';

export const Envelope = Type.Object({
  payloadType: Type.String(),
  /** The statement's bytes, base64. They are what is signed, and are parsed only when the signature is right. */
  payload: Type.String(),
  signatures: Type.Array(
    Type.Object({
      /** A hint, not signed: it chooses among the keys that are trusted anyway. */
      keyid: Type.Optional(Type.String()),
      /** Base64. */
      sig: Type.String(),
    }),
  ),
});
export type Envelope = Static<typeof Envelope>;
