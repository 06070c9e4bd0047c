import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import {
  DIRECTOR_KEYS_TYPE,
  MANIFEST_TYPE,
  SERVER_TIME_TYPE,
  type DirectorKeys,
  type Envelope,
  type Manifest,
} from '@rollcall/api';
import type { CertificateAuthority } from './certificate-authority.ts';
import { signEnvelope } from './envelope.ts';
import { readIfThere, writeSecret } from './keys.ts';

/** Raised with every change of the keys. */
const KEYS_VERSION = 1;

/**
 * Signs what the server says to its devices beyond a connection: manifests, and the time. Its key (Ed25519) is made at
 * the first start, and lies beside the authority's, which vouches for it.
 */
export class Director {
  /** The keys by which devices check what it signs; `DirectorKeys`, signed by the authority. */
  readonly keys: Envelope;
  readonly #key: KeyObject;
  readonly #keyId: string;

  private constructor(key: KeyObject, authority: CertificateAuthority) {
    const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
    this.#key = key;
    this.#keyId = `ed25519:${createHash('sha256').update(publicKey).digest('base64url')}`;
    const statement: DirectorKeys = {
      version: KEYS_VERSION,
      keys: [{ keyId: this.#keyId, algorithm: 'ed25519', publicKey: publicKey.toString('base64') }],
    };
    this.keys = authority.signStatement(DIRECTOR_KEYS_TYPE, statement);
  }

  /** Opens the director in this folder, or makes it. One that was lost is made anew: devices learn of it when they connect. */
  static async open(folder: string, authority: CertificateAuthority): Promise<Director> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = path.join(folder, 'director.key');
    const pem = await readIfThere(file);
    if (pem !== undefined) return new Director(createPrivateKey(pem), authority);
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeSecret(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    return new Director(privateKey, authority);
  }

  signManifest(manifest: Manifest): Envelope {
    return this.#sign(MANIFEST_TYPE, manifest);
  }

  /** @param nonce of the device that asks */
  signTime(serverTime: number, nonce: string): Envelope {
    return this.#sign(SERVER_TIME_TYPE, { serverTime, nonce });
  }

  #sign(payloadType: string, statement: object): Envelope {
    return signEnvelope(payloadType, statement, this.#keyId, (bytes) => sign(null, bytes, this.#key));
  }
}
