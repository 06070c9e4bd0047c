import type { ByteRange } from '@rollcall/norm';
import type { ReceiverConfig } from './session-config.ts';
import type { ReceiverProgress, ReceiverSessionEvent } from './session-events.ts';
import type { ReceiverCommand, ReceiverThreadMessage, SessionFacts } from './thread-messages.ts';
import { randomInt } from 'node:crypto';
import { fileError, type TransportError } from '../transport-error.ts';
import { DurableLeaves } from './durable-leaves.ts';
import { SessionThread } from './session-thread.ts';

/** A receiver session in a thread of its own. */
export interface ReceiverSessionHandle {
  readonly facts: SessionFacts;
  /** The last figures; they come about ten times a second, each also as an event. */
  readonly progress: ReceiverProgress | undefined;
  /** Settles when the session was closed; with a TransportError when it failed. */
  readonly ended: Promise<void>;
  /** Bytes that were put into the target by another path, verified: not asked for any more, not reported. */
  markHeld(toi: number, range: ByteRange): void;
  /** The leaf table (an entry for each leaf) of an object, after its own hash was checked against the root. */
  setLeafTable(toi: number, table: Uint8Array): void;
  /**
   * After `leafCorrupt`: the SHA-256 of each piece into which the grid of the object's symbols of this size cuts the leaf,
   * back to back. Right pieces are kept, wrong ones taken again.
   */
  setPieces(toi: number, leaf: number, symbolSize: number, hashes: Uint8Array): void;
  /** What the target does not hold. Undefined: no such object, or the session has ended. */
  missingRanges(toi: number): Promise<readonly ByteRange[] | undefined>;
  /** Ends the session. What it verified is durable and was reported when this settles. */
  close(): Promise<void>;
}

export interface ReceiverSessionListener {
  onEvent(event: ReceiverSessionEvent): void;
  /** A file could not be made durable. */
  onError?(error: TransportError): void;
}

/** An object in memory that is the leaf table of another one. */
export interface LeafTableSource {
  readonly toi: number;
  readonly contentToi: number;
  /** Checks the table against the root that the manifest names; true to use it. */
  readonly verify: (table: Uint8Array) => boolean;
}

/** Opens the socket and the targets, and listens. Rejects with a TransportError when one of them cannot be opened. */
export async function startReceiverSession(
  config: ReceiverConfig & { readonly leafTables?: readonly LeafTableSource[] },
  listener: ReceiverSessionListener,
): Promise<ReceiverSessionHandle> {
  const { leafTables = [], ...threadConfig } = config;
  const queries = new Map<number, (ranges: readonly ByteRange[] | undefined) => void>();
  let nextQuery = 1;
  let progress: ReceiverProgress | undefined;

  const targetPath = (toi: number): string | undefined => {
    const target = config.objects.find((object) => object.toi === toi)?.target;
    return target === undefined || target === 'memory' ? undefined : target.path;
  };
  const durable = new DurableLeaves(
    targetPath,
    (toi, leaves) => listener.onEvent({ type: 'leavesVerified', toi, leaves }),
    (error) => listener.onError?.(fileError('make received bytes durable', error)),
  );

  function onEvent(event: ReceiverSessionEvent): void {
    if (event.type === 'progress') progress = event;
    if (event.type === 'objectCompleted' && event.bytes) {
      const table = event.bytes;
      const source = leafTables.find((each) => each.toi === event.object.toi);
      if (source?.verify(table)) thread.post({ type: 'setLeafTable', toi: source.contentToi, table });
    }
    listener.onEvent(event);
  }

  const thread = new SessionThread<ReceiverCommand, ReceiverThreadMessage>(
    { role: 'receiver', config: threadConfig, seed: randomInt(2 ** 32) },
    (message) => {
      if (message.type === 'event') onEvent(message.event);
      else if (message.type === 'leavesWritten') durable.add(message.toi, message.leaves, message.bytes);
      else if (message.type === 'answer') {
        queries.get(message.query)?.(message.ranges);
        queries.delete(message.query);
      }
    },
  );
  const ended = finish();
  ended.catch(() => undefined);

  async function finish(): Promise<void> {
    try {
      await thread.ended;
    } finally {
      await durable.close();
      for (const answer of queries.values()) answer(undefined);
      queries.clear();
    }
  }

  const facts = await thread.ready;
  return {
    facts,
    get progress() {
      return progress;
    },
    ended,
    markHeld: (toi, range) => thread.post({ type: 'markHeld', toi, range }),
    setLeafTable: (toi, table) => thread.post({ type: 'setLeafTable', toi, table }),
    setPieces: (toi, leaf, symbolSize, hashes) => thread.post({ type: 'setPieces', toi, leaf, symbolSize, hashes }),
    missingRanges: (toi) =>
      new Promise((resolve) => {
        const query = nextQuery++;
        queries.set(query, resolve);
        thread.post({ type: 'missingRanges', toi, query });
      }),
    async close() {
      await thread.close({ type: 'close' });
      await ended.catch(() => undefined);
    },
  };
}
