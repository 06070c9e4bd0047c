/**
 * The certificates that the doors show. They are short-lived like the devices': made at each start, and anew at two
 * thirds of their life in a server that keeps running. Connections that are open stay; new ones get the new one.
 */
import type { Server as HttpsServer } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import type { Trust } from '@rollcall/api';
import { DOOR_CERTIFICATE_MS } from '../limits.ts';
import type { CertificateAuthority } from './certificate-authority.ts';

interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface DoorCertificatesOptions {
  readonly authority: CertificateAuthority;
  readonly names: readonly string[];
  /** Of the operators' door, when it is not by the own authority: whoever brought it renews it. */
  readonly ownTls: Pair | undefined;
  readonly now: () => number;
}

export class DoorCertificates {
  readonly #options: DoorCertificatesOptions;
  readonly #doors: { readonly server: HttpsServer; readonly contextOf: () => SecureContextOptions }[] = [];
  #pair: Pair;
  #renewAt: number;
  #trust: Trust;

  private constructor(options: DoorCertificatesOptions, pair: Pair) {
    this.#options = options;
    this.#pair = pair;
    this.#renewAt = options.now() + (DOOR_CERTIFICATE_MS * 2) / 3;
    this.#trust = options.authority.vouchFor([this.operatorTls.cert]);
  }

  static async make(options: DoorCertificatesOptions): Promise<DoorCertificates> {
    return new DoorCertificates(options, await options.authority.issueServer(options.names, options.now()));
  }

  get deviceTls(): Pair {
    return this.#pair;
  }

  get operatorTls(): Pair {
    return this.#options.ownTls ?? this.#pair;
  }

  /** The authority's word for the certificate that the operators' door shows. */
  get trust(): Trust {
    return this.#trust;
  }

  /** Tells a door whenever there is another certificate. */
  serve(server: HttpsServer, contextOf: () => SecureContextOptions): void {
    this.#doors.push({ server, contextOf });
  }

  async renewIfDue(): Promise<void> {
    const { authority, names, now } = this.#options;
    if (now() < this.#renewAt) return;
    const before = this.operatorTls.cert;
    this.#pair = await authority.issueServer(names, now());
    this.#renewAt = now() + (DOOR_CERTIFICATE_MS * 2) / 3;
    // A client may have seen the one before, and ask only now whether it is good.
    this.#trust = authority.vouchFor([...new Set([this.operatorTls.cert, before])]);
    for (const { server, contextOf } of this.#doors) server.setSecureContext(contextOf());
  }
}
