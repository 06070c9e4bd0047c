import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  DIRECTOR_KEYS_TYPE,
  type Envelope,
  type Manifest,
  MANIFEST_TYPE,
  preAuthEncoding,
  SERVER_TIME_TYPE,
} from '@rollcall/api';
import type { TestAuthority } from './certificates.ts';

/** A director whose every signature the test decides on. */
export class TestDirector {
  readonly #key: KeyObject;
  readonly keyId: string;
  readonly publicKey: string;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    this.#key = privateKey;
    this.keyId = `ed25519:${createHash('sha256').update(spki).digest('base64url')}`;
    this.publicKey = spki.toString('base64');
  }

  sign(payloadType: string, statement: unknown): Envelope {
    return envelope(payloadType, statement, this.keyId, (bytes) => sign(null, bytes, this.#key));
  }

  manifest(manifest: Manifest): Envelope {
    return this.sign(MANIFEST_TYPE, manifest);
  }

  time(serverTime: number, nonce: string): Envelope {
    return this.sign(SERVER_TIME_TYPE, { serverTime, nonce });
  }

  /** The list of its one key, by an authority's word. */
  keys(authority: TestAuthority, version = 1): Envelope {
    const key = { keyId: this.keyId, algorithm: 'ed25519', publicKey: this.publicKey };
    return envelope(DIRECTOR_KEYS_TYPE, { version, keys: [key] }, authority.keyId, (bytes) =>
      authority.signBytes(bytes),
    );
  }
}

function envelope(
  payloadType: string,
  statement: unknown,
  keyid: string,
  signBytes: (bytes: Uint8Array) => Buffer,
): Envelope {
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = signBytes(preAuthEncoding(payloadType, payload)).toString('base64');
  return { payloadType, payload: payload.toString('base64'), signatures: [{ keyid, sig }] };
}
