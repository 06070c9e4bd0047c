/**
 * Checkpoints of the audit log: its head, signed by the authority. Whoever has the database alone can write the log anew
 * with right hashes, but no checkpoint of it; and one that was kept elsewhere contradicts even who has the key.
 */
import { AUDIT_CHECKPOINT_TYPE, type AuditCheckpoint, type AuditHead, type SignedCheckpoint } from '@rollcall/api';
import type { Logger } from 'pino';
import type { CertificateAuthority } from '../certificates/certificate-authority.ts';
import type { Store } from '../core/ports.ts';

export interface AuditCheckpointsPorts {
  readonly store: Store;
  readonly authority: Pick<CertificateAuthority, 'publicKey' | 'signStatement'>;
  readonly log: Logger;
  readonly now: () => number;
}

export class AuditCheckpoints {
  readonly #ports: AuditCheckpointsPorts;
  #toldSequence = 0;

  constructor(ports: AuditCheckpointsPorts) {
    this.#ports = ports;
  }

  sign({ sequence, hash }: AuditHead): SignedCheckpoint {
    const { authority, now } = this.#ports;
    const statement: AuditCheckpoint = { sequence, hash, at: now() };
    return {
      checkpoint: authority.signStatement(AUDIT_CHECKPOINT_TYPE, statement),
      publicKey: authority.publicKey,
    };
  }

  /** Into the server's own log, which is often kept on another machine; when there is something new. */
  async tell(): Promise<void> {
    const { store, log } = this.#ports;
    const head = await store.reader.auditHead();
    if (head.sequence === this.#toldSequence) return;
    log.info({ signedCheckpoint: this.sign(head) }, 'a checkpoint of the audit log');
    this.#toldSequence = head.sequence;
  }
}
