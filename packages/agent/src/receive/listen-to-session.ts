import type { SessionDescription } from '@rollcall/api';
import {
  type Failure,
  type ReceiverConfig,
  type ReceiverSessionEvent,
  type ReceiverSessionHandle,
  overrunNotice,
  startReceiverSession,
} from '@rollcall/transport';
import type { Logger } from 'pino';
import type { ReceptionEnd } from '../core/task-command.ts';
import type { StoredContent } from '../journal/stored-content.ts';
import {
  LEAF_TABLE_WAIT_MILLISECONDS,
  POISONED_LEAVES_MAX,
  SESSION_SILENCE_MILLISECONDS_MAX,
  SESSION_UNHEARD_MILLISECONDS_MAX,
} from '../limits.ts';

export interface ListenOptions {
  readonly session: SessionDescription;
  readonly content: StoredContent;
  /** Name or address of the interface to listen on; default: that of the default route. */
  readonly networkInterface: string | undefined;
  /** The other way to the leaf table, for when it does not come by multicast. */
  readonly fetchLeafTable: (signal: AbortSignal) => Promise<Uint8Array>;
  /** The hashes of the pieces into which the session cuts a leaf, for one that came wrong. */
  readonly fetchLeafPieces: (leaf: number, signal: AbortSignal) => Promise<Uint8Array>;
  readonly onListening: () => void;
  /** Ends the reception; what was verified stays. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/**
 * Receives a content by a multicast or broadcast session, until it is whole, the session ends, or the sender falls
 * silent. Settles when what was verified is in the journal.
 */
export async function listenToSession(options: ListenOptions): Promise<ReceptionEnd> {
  const reception = new SessionReception(options);
  return reception.run();
}

class SessionReception {
  readonly #options: ListenOptions;
  readonly #contentToi: number | undefined;
  readonly #over = Promise.withResolvers<ReceptionEnd>();
  #handle: ReceiverSessionHandle | undefined;
  #silence: NodeJS.Timeout | undefined;
  #tableWait: NodeJS.Timeout | undefined;
  #datagramCount = 0;
  #hasOverrun = false;
  #poisonedCount = 0;

  constructor(options: ListenOptions) {
    this.#options = options;
    const { session, content } = options;
    this.#contentToi = session.objects.find(
      (object) => object.role === 'content' && object.contentId === content.description.id,
    )?.toi;
  }

  async run(): Promise<ReceptionEnd> {
    const { content, signal, log, onListening } = this.#options;
    if (this.#contentToi === undefined) {
      log.error('the session does not carry the content of its task');
      return { outcome: 'short' };
    }
    const onAbort = (): void => this.#end();
    signal.addEventListener('abort', onAbort);
    try {
      this.#handle = await startReceiverSession(this.#config(this.#contentToi), {
        onEvent: (event) => this.#onEvent(event),
        onError: (error) => this.#fail({ code: error.code, message: error.message }),
      });
      for (const warning of this.#handle.facts.warnings) log.warn(warning);
      this.#handle.ended.catch((error: unknown) => {
        log.warn({ cause: String(error) }, 'a multicast session failed');
        this.#end();
      });
      this.#expectSigns(SESSION_UNHEARD_MILLISECONDS_MAX);
      if (signal.aborted) this.#end();
      else onListening();
      const end = await this.#over.promise;
      // Closing writes what waits in memory, verifies it, and makes it durable.
      await this.#handle.close();
      await content.flush();
      return end.outcome === 'failed' || !content.isComplete ? end : { outcome: 'complete' };
    } catch (error) {
      log.warn({ cause: String(error) }, 'cannot listen to a multicast session');
      return { outcome: 'short' };
    } finally {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(this.#silence);
      clearTimeout(this.#tableWait);
    }
  }

  #config(contentToi: number): Parameters<typeof startReceiverSession>[0] {
    const { session, content, networkInterface } = this.#options;
    const { size, leafSize } = content.description;
    const { leafTable: table, encryption } = content;
    const objects: ReceiverConfig['objects'][number][] = [
      {
        toi: contentToi,
        size,
        target: { path: content.path },
        held: content.heldRanges().map(([first, count]) => ({
          offset: first * leafSize,
          length: Math.min(count * leafSize, size - first * leafSize),
        })),
        leaves: {
          leafSize,
          ...(table === undefined ? {} : { table }),
          ...(encryption === undefined ? {} : { encryption, areHashesCompared: content.wasForged }),
        },
      },
    ];
    const tableObject = session.objects.find(
      (object) => object.role === 'leaf-table' && object.contentId === content.description.id,
    );
    const isTableWanted = table === undefined && tableObject !== undefined;
    if (isTableWanted) objects.push({ toi: tableObject.toi, size: tableObject.size, target: 'memory' });
    return {
      network: {
        mode: session.mode,
        group: session.group,
        source: session.sourceAddress,
        interface: networkInterface,
      },
      nodeId: session.nodeId,
      sender: session.sender,
      authentication: authenticationOf(session),
      objects,
      // What is held already is not asked for, so the first object to ask for is the first that is listed.
      firstToi: Math.min(...objects.map(({ toi }) => toi)),
      leafTables: isTableWanted
        ? [{ toi: tableObject.toi, contentToi, verify: (received) => content.takeLeafTable(received) }]
        : [],
    };
  }

  #onEvent(event: ReceiverSessionEvent): void {
    const { content, log } = this.#options;
    switch (event.type) {
      case 'progress':
        content.lossRatio = Math.min(1, Math.max(0, event.lossRatio));
        if (event.datagramCount > this.#datagramCount) this.#expectSigns(SESSION_SILENCE_MILLISECONDS_MAX);
        this.#datagramCount = event.datagramCount;
        this.#noticeOverrun(event.overrunCount);
        break;
      case 'objectAnnounced':
        if (event.object.toi === this.#contentToi && content.leafTable === undefined) this.#awaitTable();
        break;
      case 'leavesVerified':
        if (event.toi !== this.#contentToi) break;
        content.markHeld(
          event.leaves.map(({ offset, length }) => [offset, length]),
          'multicast',
        );
        if (content.isComplete) this.#end();
        break;
      case 'objectCompleted':
        // Every byte came; when a leaf was not right, or the table is missing, the rest is for unicast.
        if (event.object.toi === this.#contentToi && content.leafTable !== undefined) this.#end();
        break;
      case 'objectAborted':
        if (event.object.toi !== this.#contentToi) break;
        if (event.failure === undefined) this.#end();
        else this.#fail(event.failure);
        break;
      case 'leafCorrupt':
        log.warn({ leaf: event.leaf }, 'a leaf arrived corrupt by multicast');
        this.#mend(event.toi, event.leaf);
        break;
      case 'endOfTransmission':
      case 'senderChanged':
        this.#end();
        break;
      case 'objectRefused':
        log.warn({ cause: event.reason }, 'an object of the session was refused');
        break;
      case 'networkTrouble':
        if (event.reason === undefined) log.info('the network is back');
        else log.warn({ cause: event.reason }, 'the network takes or brings nothing');
        break;
      default:
    }
  }

  /**
   * What is signed and wrong comes from somebody who has the session's key. The server tells which pieces are right; the
   * others are taken again. Without an answer the leaf is left to unicast.
   */
  #mend(toi: number, leaf: number): void {
    const { fetchLeafPieces, session, signal, log } = this.#options;
    this.#poisonedCount += 1;
    if (this.#poisonedCount > POISONED_LEAVES_MAX + 1) return;
    fetchLeafPieces(leaf, signal)
      .then(
        (hashes) => this.#handle?.setPieces(toi, leaf, session.symbolSize, hashes),
        (error: unknown) => log.info({ leaf, cause: String(error) }, 'left to unicast'),
      )
      .finally(() => {
        // The last one is still asked about: so the server knows that this device gives up.
        if (this.#poisonedCount > POISONED_LEAVES_MAX) this.#end();
      });
  }

  #noticeOverrun(overrunCount: number | undefined): void {
    if (!overrunCount || this.#hasOverrun) return;
    this.#hasOverrun = true;
    const { log } = this.#options;
    log.warn({ overrunCount }, overrunNotice(overrunCount));
  }

  #end(): void {
    this.#over.resolve({ outcome: 'short' });
  }

  #fail({ code, message }: Failure): void {
    const errorCode = code === 'no_space' ? 'no_space' : 'io_error';
    this.#over.resolve({ outcome: 'failed', error: { code: errorCode, message } });
  }

  /** Without a datagram until then, the server is asked how it goes on. */
  #expectSigns(milliseconds: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#end(), milliseconds);
  }

  #awaitTable(): void {
    const { fetchLeafTable, signal, log } = this.#options;
    this.#tableWait ??= setTimeout(
      () => {
        if (this.#options.content.leafTable !== undefined) return;
        fetchLeafTable(signal).then(
          (table) => this.#handle?.setLeafTable(this.#contentToi!, table),
          (error: unknown) => {
            log.info({ cause: String(error) }, 'no leaf table yet');
            this.#tableWait = undefined;
            if (!signal.aborted) this.#awaitTable();
          },
        );
      },
      LEAF_TABLE_WAIT_MILLISECONDS * (0.5 + Math.random()),
    );
  }
}

function authenticationOf({ authentication }: SessionDescription): NonNullable<ReceiverConfig['authentication']> {
  const { senderKey, feedbackKey, senderRollover, feedbackRollover } = authentication;
  return {
    senderKey: Buffer.from(senderKey, 'hex'),
    feedbackKey: Buffer.from(feedbackKey, 'hex'),
    senderRollover,
    feedbackRollover,
  };
}
