import { generateKeyPair, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { operations } from '@rollcall/api';
import type { Logger } from 'pino';
import { renewalDueAt } from '../core/renewal.ts';
import { RENEWAL_RETRY_MILLISECONDS } from '../limits.ts';
import { certificateRequest } from './certificate-request.ts';
import { type Credential, credentialOf, writeCredential } from './credential.ts';
import type { DataDirectory } from './data-directory.ts';
import type { DeviceConnection } from './device-connection.ts';

export interface CertificateRenewalOptions {
  readonly directory: DataDirectory;
  readonly connection: DeviceConnection;
  /** PEM: the authority that this device has pinned. */
  readonly certificateAuthority: string;
  readonly credential: Credential;
  /** This device's time. */
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * Renews this device's certificate. Each has a key of its own: what was copied of an earlier one (a backup, an image) is
 * void as soon as its successor is used.
 *
 * It can be killed anywhere. Until the new pair is durable the old one is on disk, and the server takes it until it
 * has seen the new one.
 */
export class CertificateRenewal {
  readonly #options: CertificateRenewalOptions;
  #dueAt: number;
  /** Monotonic milliseconds: what failed is not tried at every connection, nor again because this clock is ahead. */
  #notBefore = -Infinity;

  constructor(options: CertificateRenewalOptions) {
    this.#options = options;
    this.#dueAt = renewalDueAt(options.credential);
  }

  isDue(): boolean {
    return this.#options.now() >= this.#dueAt && performance.now() >= this.#notBefore;
  }

  /** @throws what the connection throws, that what it brought is no pair of the authority, or cannot be written: then all is as before */
  async renew(signal: AbortSignal): Promise<void> {
    const { directory, connection, certificateAuthority, log } = this.#options;
    this.#notBefore = performance.now() + RENEWAL_RETRY_MILLISECONDS;
    const { publicKey, privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
    const body = { certificateSigningRequest: certificateRequest({ publicKey, privateKey }) };
    const { certificate } = await connection.call(operations.renew, { body, signal });
    const credential = credentialOf(privateKey.export({ type: 'pkcs8', format: 'pem' }), certificate);
    // With another's the server would take this device for a stranger, and it could not even renew.
    if (!new X509Certificate(certificate).verify(new X509Certificate(certificateAuthority).publicKey)) {
      throw new Error('the new certificate is not of the authority of this device');
    }
    await writeCredential(directory, credential);
    connection.use(credential);
    this.#dueAt = renewalDueAt(credential);
    log.info({ expiresAt: new Date(credential.notAfter).toISOString() }, 'renewed the certificate of this device');
  }
}
