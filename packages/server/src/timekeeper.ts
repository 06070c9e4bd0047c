/**
 * What is due without anybody asking: expiry, forced cancels, content that nobody needs, old events and secrets, own
 * certificates, sign-ins.
 */
import type { AuditCheckpoints } from './audit/audit-checkpoints.ts';
import type { AuditLog } from './audit/audit-log.ts';
import type { DoorCertificates } from './certificates/door-certificates.ts';
import type { ContentKeeper } from './content-keeper.ts';
import type { Store } from './core/ports.ts';
import {
  AUDIT_CHECKPOINT_EVERY_MS,
  EVENTS_FORGOTTEN_AT_ONCE,
  EVENTS_FORGOTTEN_PER_TURN_MAX,
  EVENTS_KEPT_MAX,
  EVENTS_KEPT_MS,
  IDEMPOTENCY_KEYS_KEPT_MS,
} from './limits.ts';
import type { SignIns } from './sign-in/sign-ins.ts';
import type { TaskHandler } from './task-handler/task-handler.ts';

export interface TimekeeperPorts {
  readonly store: Store;
  readonly audit: AuditLog;
  readonly checkpoints: AuditCheckpoints;
  readonly contentKeeper: ContentKeeper;
  readonly doorCertificates: DoorCertificates;
  readonly signIns: SignIns;
  readonly tasks: TaskHandler;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

export class Timekeeper {
  readonly #ports: TimekeeperPorts;
  readonly #timers: NodeJS.Timeout[];
  readonly #running = new Set<string>();

  constructor(ports: TimekeeperPorts) {
    this.#ports = ports;
    this.#timers = [
      this.#every(EXPIRY_INTERVAL_MS, 'expire', () => ports.tasks.expire()),
      this.#every(SWEEP_INTERVAL_MS, 'contents', () => ports.contentKeeper.sweep()),
      this.#every(SWEEP_INTERVAL_MS, 'events', () => this.#forgetEvents()),
      this.#every(SWEEP_INTERVAL_MS, 'keys', () => this.#forgetKeys()),
      this.#every(SWEEP_INTERVAL_MS, 'secrets', () => this.#forgetSecrets()),
      this.#every(SWEEP_INTERVAL_MS, 'refusals', () => ports.audit.flush()),
      this.#every(AUDIT_CHECKPOINT_EVERY_MS, 'checkpoint', () => ports.checkpoints.tell()),
      this.#every(SWEEP_INTERVAL_MS, 'certificates', () => ports.doorCertificates.renewIfDue()),
      this.#every(SWEEP_INTERVAL_MS, 'sign-ins', () => ports.signIns.forgetEnded()),
    ];
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  async #forgetEvents(): Promise<void> {
    const { store, now } = this.#ports;
    const beyond = { time: now() - EVENTS_KEPT_MS, count: EVENTS_KEPT_MAX, limit: EVENTS_FORGOTTEN_AT_ONCE };
    for (let forgotten = 0; forgotten < EVENTS_FORGOTTEN_PER_TURN_MAX;) {
      const count = await store.transact((transactor) => transactor.deleteEvents(beyond));
      if (count < beyond.limit) return;
      forgotten += count;
    }
  }

  async #forgetKeys(): Promise<void> {
    const { store, now } = this.#ports;
    await store.transact((transactor) => transactor.deleteIdempotencyKeysBefore(now() - IDEMPOTENCY_KEYS_KEPT_MS));
  }

  async #forgetSecrets(): Promise<void> {
    const { store, now } = this.#ports;
    await store.transact((transactor) => transactor.forgetOldWebhookSecrets(now()));
  }

  #every(intervalMs: number, name: string, work: () => Promise<void>): NodeJS.Timeout {
    const timer = setInterval(() => {
      if (this.#running.has(name)) return;
      this.#running.add(name);
      work()
        .catch(this.#ports.onError)
        .finally(() => this.#running.delete(name));
    }, intervalMs);
    timer.unref();
    return timer;
  }
}

const EXPIRY_INTERVAL_MS = 2_000;
const SWEEP_INTERVAL_MS = 60_000;
