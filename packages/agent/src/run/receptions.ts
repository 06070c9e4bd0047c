import { operations, type SessionDescription } from '@rollcall/api';
import type { Logger } from 'pino';
import type { FetchSource, ReceptionEnd } from '../core/task-command.ts';
import type { StoredContent } from '../journal/stored-content.ts';
import type { DeviceConnection } from '../link/device-connection.ts';
import { listenToSession } from '../receive/listen-to-session.ts';
import { fetchContent } from '../repair/fetch-content.ts';
import { fetchLeafPieces } from '../repair/fetch-leaf-pieces.ts';
import { fetchLeafTable } from '../repair/fetch-leaf-table.ts';
import type { TokenBucket } from '../repair/token-bucket.ts';

export interface ReceptionsOptions {
  readonly connection: DeviceConnection;
  /** Name or address of the interface to listen on, as the routes are now; undefined: that of the default route. */
  readonly networkInterface: () => Promise<string | undefined>;
  readonly downloadRate: TokenBucket | undefined;
  readonly log: Logger;
  readonly onEnd: (contentId: string, end: ReceptionEnd) => void;
}

/** The sessions and fetches that run: one a content at most, any number of contents. */
export class Receptions {
  readonly #options: ReceptionsOptions;
  readonly #running = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>();

  constructor(options: ReceptionsOptions) {
    this.#options = options;
  }

  listen(taskId: string, content: StoredContent, session: SessionDescription): void {
    const { connection, networkInterface } = this.#options;
    const { sessionId, group } = session;
    const log = this.#options.log.child({ taskId, sessionId });
    log.info({ group }, 'listening to a session');
    this.#begin(content, log, async (signal) =>
      listenToSession({
        session,
        content,
        networkInterface: await networkInterface(),
        signal,
        log,
        fetchLeafTable: (tableSignal) => fetchLeafTable(connection, content, tableSignal),
        fetchLeafPieces: (leaf, piecesSignal) =>
          fetchLeafPieces(
            connection,
            { contentId: content.description.id, sessionId: session.sessionId, leaf },
            piecesSignal,
          ),
        onListening: () => this.sayReady(session.sessionId),
      }),
    );
  }

  fetch(taskId: string, content: StoredContent, sources: readonly FetchSource[]): void {
    const { connection, downloadRate: rate } = this.#options;
    const log = this.#options.log.child({ taskId });
    log.info({ contentId: content.description.id, missing: content.missing().length }, 'fetching what is missing');
    this.#begin(content, log, async (signal) => {
      if (!sources.some(({ kind }) => kind === 'server')) return { outcome: 'short' };
      return fetchContent({ connection, content, rate, signal, log });
    });
  }

  /** Lost, it is said again when the server asks once more to join. */
  sayReady(sessionId: string): void {
    const { connection, log } = this.#options;
    connection.call(operations.sessionReady, { params: { id: sessionId } }).catch((error: unknown) => {
      log.info({ sessionId, cause: String(error) }, 'could not say that this device is listening');
    });
  }

  stop(contentId: string): void {
    this.#running.get(contentId)?.stop.abort();
  }

  /** Ends all of them; settles when what they verified is in the journal. */
  async close(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { stop } of running) stop.abort();
    await Promise.all(running.map(({ ended }) => ended));
  }

  #begin(content: StoredContent, log: Logger, run: (signal: AbortSignal) => Promise<ReceptionEnd>): void {
    const { id } = content.description;
    const stop = new AbortController();
    const ended = run(stop.signal)
      .catch((error: unknown): ReceptionEnd => {
        log.error({ contentId: id, cause: String(error) }, 'a reception failed');
        return { outcome: 'short' };
      })
      .then((end) => {
        this.#running.delete(id);
        const { bytesMulticast, bytesUnicast, bytesHeld } = content;
        log.info({ contentId: id, ...end, bytesMulticast, bytesUnicast, bytesHeld }, 'a reception ended');
        this.#options.onEnd(id, end);
      });
    this.#running.set(id, { stop, ended });
  }
}
