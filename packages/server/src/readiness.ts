/**
 * Whether this server can do its work: write its store, with room on the disk, behind open doors. Whoever asks, and
 * however often, it is tried once in a moment: the question is open to everybody and must cost nothing.
 */
import { statfs } from 'node:fs/promises';
import type { Store } from './core/ports.ts';
import { DISK_FREE_BYTES_MIN, READINESS_TRIED_AGAIN_MS } from './limits.ts';

export interface ReadinessPorts {
  readonly store: Pick<Store, 'transact'>;
  readonly dataDirectory: string;
  readonly now: () => number;
  readonly monotonicNow: () => number;
}

export interface Check {
  readonly name: 'store' | 'disk' | 'doors';
  readonly ok: boolean;
  /** What is wrong, and what to do; without secrets: everybody may read it. */
  readonly detail?: string;
}

export class Readiness {
  readonly #ports: ReadinessPorts;
  #isDoorOpen: () => boolean = () => false;
  #tried: { readonly at: number; readonly checks: Promise<readonly Check[]> } | undefined;

  constructor(ports: ReadinessPorts) {
    this.#ports = ports;
  }

  /** Both doors are open, and what whoever comes in needs is there. */
  get isOpen(): boolean {
    return this.#isDoorOpen();
  }

  /** Known once the server has started. */
  setDoors(areOpen: () => boolean): void {
    this.#isDoorOpen = areOpen;
  }

  async check(): Promise<readonly Check[]> {
    const at = this.#ports.monotonicNow();
    if (this.#tried === undefined || at - this.#tried.at >= READINESS_TRIED_AGAIN_MS) {
      this.#tried = { at, checks: Promise.all([this.#tryStore(), this.#lookAtDisk()]) };
    }
    const checks = await this.#tried.checks;
    if (this.#isDoorOpen()) return [...checks, { name: 'doors', ok: true }];
    return [
      ...checks,
      { name: 'doors', ok: false, detail: 'a door does not listen: the server is starting or ending' },
    ];
  }

  async #tryStore(): Promise<Check> {
    const { store, now } = this.#ports;
    try {
      await store.transact((transactor) => transactor.noteAlive(now()));
      return { name: 'store', ok: true };
    } catch (error) {
      const reason = /full/.test(String(error)) ? 'the disk is full: make room' : "see the server's log";
      return { name: 'store', ok: false, detail: `the database cannot be written: ${reason}` };
    }
  }

  async #lookAtDisk(): Promise<Check> {
    const { bavail, bsize } = await statfs(this.#ports.dataDirectory);
    if (bavail * bsize >= DISK_FREE_BYTES_MIN) return { name: 'disk', ok: true };
    const free = Math.floor((bavail * bsize) / 1024 / 1024);
    return {
      name: 'disk',
      ok: false,
      detail: `${free} MiB are free below --data, ${DISK_FREE_BYTES_MIN / 1024 / 1024} are needed: make room`,
    };
  }
}
