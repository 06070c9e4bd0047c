import type { ByteRange } from '@rollcall/norm';
import { open } from 'node:fs/promises';
import { SYNC_BYTES, SYNC_INTERVAL_MICROS } from '../limits.ts';

interface Pending {
  leaves: ByteRange[];
  bytes: number;
}

/**
 * Holds verified leaves back until their bytes are on the disk, so that a journal of them survives a power cut. Syncs
 * every 8 MiB or every second, whichever comes first, in the background: the session goes on meanwhile.
 */
export class DurableLeaves {
  readonly #pathOf: (toi: number) => string | undefined;
  readonly #onDurable: (toi: number, leaves: readonly ByteRange[]) => void;
  readonly #onError: (error: unknown) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();

  constructor(
    pathOf: (toi: number) => string | undefined,
    onDurable: (toi: number, leaves: readonly ByteRange[]) => void,
    onError: (error: unknown) => void,
  ) {
    this.#pathOf = pathOf;
    this.#onDurable = onDurable;
    this.#onError = onError;
    this.#timer = setInterval(() => void this.flush(), SYNC_INTERVAL_MICROS / 1000);
    this.#timer.unref();
  }

  add(toi: number, leaves: readonly ByteRange[], bytes: number): void {
    const pending = this.#pending.get(toi) ?? { leaves: [], bytes: 0 };
    this.#pending.set(toi, pending);
    pending.leaves.push(...leaves);
    pending.bytes += bytes;
    if (pending.bytes >= SYNC_BYTES) void this.flush();
  }

  /** Settles when everything that was added before is durable and told. */
  flush(): Promise<void> {
    this.#running = this.#running.then(() => this.#sync());
    return this.#running;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #sync(): Promise<void> {
    const batch = [...this.#pending];
    this.#pending.clear();
    for (const [toi, { leaves }] of batch) {
      try {
        const path = this.#pathOf(toi);
        if (path !== undefined) await syncData(path);
        this.#onDurable(toi, leaves);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

async function syncData(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}
