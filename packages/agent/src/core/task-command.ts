import type {
  CompletionDecision,
  ContentDescription,
  DeliveryError,
  Manifest,
  SessionDescription,
} from '@rollcall/api';

export type FetchSource = Extract<CompletionDecision, { decision: 'fetch' }>['sources'][number];

/** What the task handler wants done. Each is answered, if at all, by the `handle…` call that its comment names. */
export type TaskCommand =
  /** Would this device do it, and has it the space? → `handlePlanned` */
  | { readonly type: 'plan'; readonly manifest: Manifest }
  /** Receive the content by this session, and say that we are listening. → `handleReceptionEnded` */
  | { readonly type: 'listen'; readonly manifest: Manifest; readonly session: SessionDescription }
  /** Say once more that we are listening: the server asked, so the first time may have been lost. */
  | { readonly type: 'ready'; readonly sessionId: string }
  /** Fetch by unicast what is missing. → `handleReceptionEnded` */
  | { readonly type: 'fetch'; readonly manifest: Manifest; readonly sources: readonly FetchSource[] }
  /** End the session or the fetch of this content. → `handleReceptionEnded` */
  | { readonly type: 'stopReception'; readonly contentId: string }
  /** Compare the digest of the whole content. → `handleVerified` */
  | { readonly type: 'verify'; readonly content: ContentDescription }
  /** Carry it out. → `handleExecuted` */
  | { readonly type: 'execute'; readonly manifest: Manifest }
  /** Cancel the action that is being carried out; its true result still comes. */
  | { readonly type: 'cancelExecution'; readonly taskId: string; readonly attempt: number }
  /** Nothing of this attempt is needed any more. `isLast`: nor of any other attempt at this task. */
  | { readonly type: 'forget'; readonly taskId: string; readonly attempt: number; readonly isLast: boolean }
  /** No task needs this content. `isRetained`: one that may be retried did. */
  | { readonly type: 'releaseContent'; readonly contentId: string; readonly isRetained: boolean }
  /** The server must be asked, not before so long. */
  | { readonly type: 'ask'; readonly waitMilliseconds: number };

/** Structurally what the actions answer; the core knows no other room. */
export type PlanAnswer =
  | { readonly decision: 'perform' }
  | { readonly decision: 'already_present'; readonly version?: string }
  | { readonly decision: 'rejected'; readonly code: string; readonly message: string };

export type ExecutionResult = (
  | { readonly outcome: 'succeeded'; readonly alreadyPresent?: boolean; readonly version?: string }
  | {
      readonly outcome: 'failed' | 'rejected' | 'timed_out' | 'cancelled';
      readonly code: string;
      readonly message: string;
    }
) & {
  /** Of the last program that was run. */
  readonly exitCode?: number;
  /** The last of what programs printed, base64. */
  readonly output?: string;
};

/** How a session or a fetch came to its end. */
export type ReceptionEnd =
  /** Every leaf is verified and durable. */
  | { readonly outcome: 'complete' }
  /** It ended and something is missing. `waitMilliseconds`: the server said not to ask sooner. */
  | { readonly outcome: 'short'; readonly waitMilliseconds?: number }
  /** It makes no sense to go on. */
  | { readonly outcome: 'failed'; readonly error: DeliveryError };

export type VerifyEnd =
  | { readonly outcome: 'verified' }
  /** Some leaves were not what the journal said; they are no longer counted. */
  | { readonly outcome: 'short' }
  | { readonly outcome: 'failed'; readonly error: DeliveryError };

/** What the handler asks of the content on disk; answered at once, from memory. */
export interface ContentView {
  /** Every leaf is verified and durable. */
  isComplete(content: ContentDescription): boolean;
  figures(contentId: string): ReceptionFigures;
}

export interface ReceptionFigures {
  readonly bytesMulticast: number;
  readonly bytesUnicast: number;
  readonly lossRatio?: number;
}

/** An open task, as a completion request names it. */
export interface OpenTask {
  readonly taskId: string;
  readonly attempt: number;
  readonly content: ContentDescription;
  /** The session that it is listening to. */
  readonly sessionId?: string;
}
