import type { MessagePort } from 'node:worker_threads';
import type { ByteRange } from '@rollcall/norm';
import type { ReceiverConfig, SenderConfig, SenderObject } from './session-config.ts';
import type { Failure, ReceiverSessionEvent, SenderSessionEvent } from './session-events.ts';

/** What crosses the thread boundary: what a worker begins with, is told, and tells. */
export type ThreadStart = { readonly seed: number } & (
  | { readonly role: 'sender'; readonly config: SenderConfig }
  | { readonly role: 'receiver'; readonly config: ReceiverConfig }
);

/** Told to a worker once; null instead: there is no session for it. Its role it knows from the beginning, so that it loads what it needs before this comes. */
export interface ThreadBegin {
  readonly config: SenderConfig | ReceiverConfig;
  /** For all that the session draws. From outside, because what draws it takes long to load. */
  readonly seed: number;
  /** A port of its own, because the thread that drives a session never returns to its event loop. */
  readonly commands: MessagePort;
}

export type SenderCommand =
  | { readonly type: 'enqueue'; readonly object: SenderObject }
  | { readonly type: 'release'; readonly toi: number }
  | { readonly type: 'setRate'; readonly bitsPerSecond: number | 'auto' }
  | { readonly type: 'setRateMax'; readonly bitsPerSecond: number | undefined }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'requireAcknowledgement'; readonly nodeIds: readonly number[] }
  | { readonly type: 'end' }
  | { readonly type: 'abort' }
  | { readonly type: 'close' };

export type ReceiverCommand =
  | { readonly type: 'markHeld'; readonly toi: number; readonly range: ByteRange }
  | { readonly type: 'setLeafTable'; readonly toi: number; readonly table: Uint8Array }
  | {
      readonly type: 'setPieces';
      readonly toi: number;
      readonly leaf: number;
      readonly symbolSize: number;
      readonly hashes: Uint8Array;
    }
  | { readonly type: 'missingRanges'; readonly toi: number; readonly query: number }
  | { readonly type: 'close' };

export interface SessionFacts {
  readonly localPort: number;
  readonly implementation: 'native' | 'portable';
  /** What the operator should know about this machine, each told once in a process. */
  readonly warnings: readonly string[];
}

export type ThreadMessage<Event> =
  | {
      readonly type: 'ready';
      readonly facts: SessionFacts;
      readonly wakeDescriptor: number | undefined;
      /** To be closed once the thread has ended. */
      readonly descriptors: readonly number[];
    }
  | { readonly type: 'event'; readonly event: Event }
  /** The leaves of a file whose bytes are right, but not yet on the disk. */
  | {
      readonly type: 'leavesWritten';
      readonly toi: number;
      readonly leaves: readonly ByteRange[];
      readonly bytes: number;
    }
  | { readonly type: 'answer'; readonly query: number; readonly ranges: readonly ByteRange[] | undefined }
  | { readonly type: 'failed'; readonly failure: Failure };

export type SenderThreadMessage = ThreadMessage<SenderSessionEvent>;
export type ReceiverThreadMessage = ThreadMessage<ReceiverSessionEvent>;
