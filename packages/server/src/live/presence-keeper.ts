/**
 * Keeps the rows in step with who is there. Comings and goings are written together, a few times a second, and only
 * where something changes: a device with nothing open costs one row when it comes or goes.
 */
import { explainQueued, silenceDelivery } from '../core/move-delivery.ts';
import type { Store } from '../core/ports.ts';
import type { Arrival, Presence } from '../core/presence.ts';
import type { DeliveryRecord } from '../core/records.ts';

export interface PresenceKeeperPorts {
  readonly presence: Presence;
  readonly store: Store;
  /** UTC, for the rows; intervals go by the other. */
  readonly now: () => number;
  readonly monotonicNow: () => number;
  /** A device went: its slots and its part in sessions are given up. */
  readonly onGone: (deviceId: string) => void;
  readonly onError: (error: unknown) => void;
}

export class PresenceKeeper {
  readonly #ports: PresenceKeeperPorts;
  readonly #arrived = new Set<string>();
  readonly #gone = new Set<string>();
  readonly #flagged = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> | undefined;
  #writeNotBefore = -Infinity;

  constructor(ports: PresenceKeeperPorts) {
    this.#ports = ports;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  hear(deviceId: string, instance: string): Arrival {
    const now = this.#ports.monotonicNow();
    const arrival = this.#ports.presence.hear(deviceId, instance, now);
    if (arrival === 'arrived') {
      this.#gone.delete(deviceId);
      this.#arrived.add(deviceId);
    }
    if (arrival === 'refused') this.#flag(deviceId, now);
    return arrival;
  }

  noteClosed(deviceId: string, instance: string): void {
    this.#ports.presence.noteClosed(deviceId, instance, this.#ports.monotonicNow());
  }

  /** When a device that is there was last heard, in UTC. */
  lastSeenAt(deviceId: string): number | undefined {
    const { presence, now, monotonicNow } = this.#ports;
    const heardAt = presence.heardAt(deviceId);
    return heardAt === undefined ? undefined : Math.round(now() - (monotonicNow() - heardAt));
  }

  /** After a restart: who has not come back by now is silent, whatever its rows say. */
  async silenceAbsent(): Promise<void> {
    const { store, presence } = this.#ports;
    const absent = new Set<string>();
    for (const task of await store.reader.unendedTasks()) {
      for (const delivery of await store.reader.deliveriesOfTask(task.id)) {
        if (!presence.isOnline(delivery.deviceId) && silenceDelivery(delivery, 0) !== undefined) {
          absent.add(delivery.deviceId);
        }
      }
    }
    for (const deviceId of absent) this.#gone.add(deviceId);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
  }

  #tick(): void {
    const now = this.#ports.monotonicNow();
    for (const deviceId of this.#ports.presence.pollSilent(now)) {
      this.#arrived.delete(deviceId);
      this.#gone.add(deviceId);
      this.#ports.onGone(deviceId);
    }
    if (this.#writing !== undefined || now < this.#writeNotBefore) return;
    if (this.#arrived.size + this.#gone.size === 0) return;
    const arrived = takeSome(this.#arrived);
    const gone = takeSome(this.#gone);
    this.#writing = this.#write(arrived, gone)
      .catch((error: unknown) => {
        // Nobody will say it again: it is written when the disk has room again.
        for (const deviceId of arrived) if (!this.#gone.has(deviceId)) this.#arrived.add(deviceId);
        for (const deviceId of gone) if (!this.#arrived.has(deviceId)) this.#gone.add(deviceId);
        this.#writeNotBefore = this.#ports.monotonicNow() + WRITE_AGAIN_MS;
        this.#ports.onError(error);
      })
      .finally(() => (this.#writing = undefined));
  }

  async #write(arrived: readonly string[], gone: readonly string[]): Promise<void> {
    const { store, presence } = this.#ports;
    const now = this.#ports.now();
    await store.transact(async (transactor) => {
      for (const deviceId of arrived) {
        // It may have gone, or come back, while this waited for its turn.
        if (!presence.isOnline(deviceId)) continue;
        await transactor.updateDevice(deviceId, { lastSeenAt: now }, true, now);
        for (const delivery of await transactor.openDeliveriesOfDevice(deviceId)) {
          const after = delivery.reason === 'offline' ? explainQueued(delivery, 'not_notified', now) : undefined;
          await change(delivery, after);
        }
      }
      for (const deviceId of gone) {
        if (presence.isOnline(deviceId)) continue;
        await transactor.updateDevice(deviceId, { lastSeenAt: now }, false, now);
        for (const delivery of await transactor.openDeliveriesOfDevice(deviceId)) {
          await change(delivery, silenceDelivery(delivery, now));
        }
      }

      async function change(before: DeliveryRecord, after: DeliveryRecord | undefined): Promise<void> {
        if (after !== undefined) await transactor.changeDelivery(before, after, now);
      }
    });
  }

  /** An operator should look: most likely a copied data directory. Written once in a while, not at each attempt. */
  #flag(deviceId: string, now: number): void {
    if (now - (this.#flagged.get(deviceId) ?? -Infinity) < FLAG_AGAIN_MS) return;
    this.#flagged.set(deviceId, now);
    const at = this.#ports.now();
    const warning =
      `a second process with this identity tried to connect at ${new Date(at).toISOString()}: was the data ` +
      `directory copied? Let the copy join with a token of its own`;
    this.#ports.store
      .transact((transactor) => transactor.updateDevice(deviceId, { warning }, true, at))
      .catch(this.#ports.onError);
  }
}

function takeSome(ids: Set<string>): string[] {
  const some = [...ids].slice(0, DEVICES_PER_TRANSACTION);
  for (const id of some) ids.delete(id);
  return some;
}

const TICK_MS = 250;
const WRITE_AGAIN_MS = 2_000;
const DEVICES_PER_TRANSACTION = 500;
const FLAG_AGAIN_MS = 10 * 60_000;
