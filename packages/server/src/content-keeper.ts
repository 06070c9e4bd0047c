/**
 * Content from its upload to its end: makes it of uploads, and takes it off the disk when no task has needed it for
 * long enough. One never happens during the other: what an upload finds stored must not be swept under its feet.
 */
import type { ContentDescription, ContentEncoding } from '@rollcall/api';
import type { ContentRoom, Store } from './core/ports.ts';
import { contentView } from './core/views.ts';

export interface ContentKeeperPorts {
  readonly store: Store;
  readonly content: ContentRoom;
  readonly keepContentMs: number;
  readonly now: () => number;
}

export class ContentKeeper {
  readonly #ports: ContentKeeperPorts;
  readonly #ingested = new Map<string, Promise<ContentDescription>>();
  #ingesting = 0;
  #sweeping: Promise<void> | undefined;

  constructor(ports: ContentKeeperPorts) {
    this.#ports = ports;
  }

  /** Asked again for the same by the same operator, because an answer was lost, it answers the same. */
  ingest(uploadId: string, encoding: ContentEncoding, operatorId: string): Promise<ContentDescription> {
    const request = `${operatorId} ${uploadId} ${encoding}`;
    const known = this.#ingested.get(request);
    if (known !== undefined) return known;
    const ingested = this.#ingest(uploadId, encoding, operatorId);
    this.#ingested.set(request, ingested);
    ingested.catch(() => this.#ingested.delete(request));
    for (const oldest of this.#ingested.keys()) {
      if (this.#ingested.size <= INGESTED_KNOWN_MAX) break;
      this.#ingested.delete(oldest);
    }
    return ingested;
  }

  async #ingest(uploadId: string, encoding: ContentEncoding, operatorId: string): Promise<ContentDescription> {
    await this.#sweeping;
    this.#ingesting += 1;
    try {
      const { content, store, now } = this.#ports;
      const storedOfSize = (size: number) => store.reader.encryptedContentsOfSize(size);
      const { description, key } = await content.ingest(uploadId, encoding, storedOfSize);
      const record = { ...description, createdAt: now(), unneededSince: null, removedAt: null };
      await store.transact((transactor) => transactor.insertContent(record, key, operatorId));
      return contentView(record);
    } finally {
      this.#ingesting -= 1;
    }
  }

  async sweep(): Promise<void> {
    if (this.#ingesting > 0 || this.#sweeping !== undefined) return;
    this.#sweeping = this.#removeUnneeded().finally(() => (this.#sweeping = undefined));
    await this.#sweeping;
  }

  async #removeUnneeded(): Promise<void> {
    const { content, store, keepContentMs, now } = this.#ports;
    const before = now() - keepContentMs;
    for (const { id } of await store.reader.contentsUnneededBefore(before)) {
      const isUnneeded = await store.transact(async (transactor) => {
        // A task may have taken it since it was listed; from here on no task can.
        if (await transactor.isContentUsed(id)) return false;
        await transactor.removeContent(id, now());
        return true;
      });
      if (isUnneeded) await content.remove(id);
    }
    await content.sweep(await store.reader.contentIds(), now());
  }
}

/** Uploads of the last while: a client asks again within minutes. */
const INGESTED_KNOWN_MAX = 256;
