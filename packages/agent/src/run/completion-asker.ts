import {
  coarsenLeafRanges,
  type CompletionAnswer,
  type CompletionDecision,
  type CompletionRequest,
  deliveryTransitions,
  limits,
  operations,
  type Report,
} from '@rollcall/api';
import type { Logger } from 'pino';
import type { OpenTask } from '../core/task-command.ts';
import type { TaskFinisher } from '../core/task-finisher.ts';
import type { DeviceConnection } from '../link/device-connection.ts';
import type { DeviceTrust } from '../link/device-trust.ts';
import { ProblemError } from '../link/problem-error.ts';
import { MISSING_RANGES_PER_REQUEST_MAX } from '../limits.ts';
import type { OpenContents } from './open-contents.ts';

/** Sends the completion requests that the task finisher wants. A newer one takes the place of one under way. */
export class CompletionAsker {
  readonly #connection: DeviceConnection;
  readonly #trust: Pick<DeviceTrust, 'newNonce' | 'handleTime'>;
  readonly #contents: OpenContents;
  readonly #finisher: TaskFinisher;
  readonly #log: Logger;
  #asking: AbortController | undefined;
  /** The task that is fetched while others of this device wait behind it. */
  #ahead: string | undefined;

  constructor(
    connection: DeviceConnection,
    trust: Pick<DeviceTrust, 'newNonce' | 'handleTime'>,
    contents: OpenContents,
    finisher: TaskFinisher,
    log: Logger,
  ) {
    this.#connection = connection;
    this.#trust = trust;
    this.#contents = contents;
    this.#finisher = finisher;
    this.#log = log;
  }

  handleDisconnected(): void {
    this.#asking?.abort();
    this.#asking = undefined;
    this.#ahead = undefined;
    this.#finisher.handleDisconnected();
  }

  /** Asks for these tasks; `onAnswer` hears the answer, unless a newer request has taken this one's place. */
  async ask(open: readonly OpenTask[], onAnswer: (answer: CompletionAnswer) => void): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    const { signal } = asking;
    try {
      const nonce = this.#trust.newNonce();
      const body = this.#requestFor(open, nonce);
      const answer = await this.#connection.call(operations.requestCompletion, { body, signal });
      await this.#trust.handleTime(answer.time, nonce);
      if (signal.aborted) return;
      onAnswer(answer);
      this.#ahead = taskAhead(answer.decisions);
      const seconds = answer.retryAfterSeconds;
      this.#finisher.handleAnswered(performance.now(), seconds === undefined ? undefined : seconds * 1000);
    } catch (error) {
      // Replaced by a newer request, or the connection is gone: no failure of its own.
      if (signal.aborted) return;
      const wait = error instanceof ProblemError ? error.retryAfterMilliseconds : undefined;
      this.#finisher.handleFailed(performance.now(), wait);
      this.#log.info({ cause: String(error) }, 'a completion request came to nothing');
    }
  }

  /**
   * The server has taken these reports. Once it knows the end of what this device fetched, the next one's turn has come;
   * not as soon as it has the content: an update that is planned while its install is carried out is refused.
   */
  handleReported(reports: readonly Report[]): void {
    const isEnd = ({ taskId, state }: Report) => taskId === this.#ahead && deliveryTransitions.isTerminal(state);
    if (!reports.some(isEnd)) return;
    this.#ahead = undefined;
    this.#finisher.handleWake(performance.now());
  }

  #requestFor(open: readonly OpenTask[], nonce: string): CompletionRequest {
    const asked = open.slice(0, limits.OPEN_TASKS_PER_DEVICE_MAX);
    let rangesLeft = MISSING_RANGES_PER_REQUEST_MAX;
    return {
      nonce,
      held: asked.map(({ taskId, attempt, content, sessionId }, index) => {
        const stored = this.#contents.get(content.id);
        const isTold = stored !== undefined && (stored.bytesHeld > 0 || content.size === 0);
        // What one task does not take of its share is there for those behind it.
        const share = Math.min(limits.MISSING_RANGES_MAX, Math.floor(rangesLeft / (asked.length - index)));
        const missing = isTold ? coarsenLeafRanges(stored.missing(), share) : undefined;
        rangesLeft -= missing?.length ?? 0;
        return {
          taskId,
          attempt,
          contentId: content.id,
          ...(missing === undefined
            ? {}
            : { missing: missing.map(([first, count]) => [first, count] as [number, number]) }),
          ...(sessionId === undefined ? {} : { sessionId }),
        };
      }),
    };
  }
}

function taskAhead(decisions: readonly CompletionDecision[]): string | undefined {
  const isAnyBehind = decisions.some((one) => one.decision === 'wait' && one.reason === 'slots_taken');
  return isAnyBehind ? decisions.find(({ decision }) => decision === 'fetch')?.taskId : undefined;
}
