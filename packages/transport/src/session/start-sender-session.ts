import type { SenderConfig, SenderObject } from './session-config.ts';
import type { SenderProgress, SenderSessionEvent } from './session-events.ts';
import type { SenderCommand, SenderThreadMessage, SessionFacts } from './thread-messages.ts';
import { randomInt } from 'node:crypto';
import { ReceiverReports } from './receiver-reports.ts';
import { SessionThread } from './session-thread.ts';

/** A sender session in a thread of its own. */
export interface SenderSessionHandle {
  readonly facts: SessionFacts;
  /** The last figures; they come about ten times a second, each also as an event. */
  readonly progress: SenderProgress | undefined;
  /** Settles when the session has ended or was closed; with a TransportError when it failed. */
  readonly ended: Promise<void>;
  /** Puts an object behind the others. Its transport object id is `firstToi` plus its place in the order of enqueueing. */
  enqueue(object: SenderObject): void;
  /** Forgets an object and closes its file: who asks for it is told that it is gone. */
  release(toi: number): void;
  /** On the line, as in the configuration. */
  setRate(bitsPerSecond: number | 'auto'): void;
  /** An upper bound for whatever the rate is or becomes; undefined: none. */
  setRateMax(bitsPerSecond: number | undefined): void;
  pause(): void;
  resume(): void;
  /** Asks these nodes to acknowledge what is enqueued so far; the event `acknowledged` tells of each. */
  requireAcknowledgement(nodeIds: readonly number[]): void;
  /** After what is enqueued: flush, end of transmission, then `ended` settles. */
  end(): void;
  /** Announces the end of transmission at once, whatever is still to be sent. */
  abort(): void;
  /** Ends the thread at once, without a word to the receivers. */
  close(): Promise<void>;
}

/** Opens the socket and begins to send. Rejects with a TransportError when the socket or a file cannot be opened. */
export async function startSenderSession(
  config: SenderConfig,
  onEvent: (event: SenderSessionEvent) => void,
): Promise<SenderSessionHandle> {
  let progress: SenderProgress | undefined;
  const reports = new ReceiverReports();
  const start = { role: 'sender', config, seed: randomInt(2 ** 32) } as const;
  const thread = new SessionThread<SenderCommand, SenderThreadMessage>(start, (message) => {
    if (message.type !== 'event') return;
    const { event } = message;
    if (event.type === 'progress') progress = event;
    onEvent(event.type === 'feedback' ? { ...event, receivers: reports.merge(event.receivers) } : event);
  });
  const facts = await thread.ready;
  return {
    facts,
    get progress() {
      return progress;
    },
    ended: thread.ended,
    enqueue: (object) => thread.post({ type: 'enqueue', object }),
    release: (toi) => thread.post({ type: 'release', toi }),
    setRate: (bitsPerSecond) => thread.post({ type: 'setRate', bitsPerSecond }),
    setRateMax: (bitsPerSecond) => thread.post({ type: 'setRateMax', bitsPerSecond }),
    pause: () => thread.post({ type: 'pause' }),
    resume: () => thread.post({ type: 'resume' }),
    requireAcknowledgement: (nodeIds) => thread.post({ type: 'requireAcknowledgement', nodeIds }),
    end: () => thread.post({ type: 'end' }),
    abort: () => thread.post({ type: 'abort' }),
    close: () => thread.close({ type: 'close' }),
  };
}
