/**
 * The director's keys: what the server signs its statements to devices with. The authority, which a device has pinned,
 * signs the list; so keys can be added and withdrawn without the authority's own key at work for every task.
 */
import { Type, type Static } from 'typebox';
import { DIRECTOR_KEYS_MAX } from '../limits.ts';

export const DIRECTOR_KEYS_TYPE = 'application/vnd.rollcall.director-keys+json';

export const DirectorKey = Type.Object({
  /** `ed25519:` and the SHA-256 of the key (SubjectPublicKeyInfo, DER), base64url. */
  keyId: Type.String({ maxLength: 128 }),
  /** What this key is used with, whatever a signature says of itself. */
  algorithm: Type.Literal('ed25519'),
  /** SubjectPublicKeyInfo, DER, base64. */
  publicKey: Type.String({ maxLength: 256 }),
});
export type DirectorKey = Static<typeof DirectorKey>;

export const DirectorKeys = Type.Object({
  /** A device that has seen a list goes back to none before it. */
  version: Type.Integer({ minimum: 1 }),
  keys: Type.Array(DirectorKey, { minItems: 1, maxItems: DIRECTOR_KEYS_MAX }),
});
export type DirectorKeys = Static<typeof DirectorKeys>;
