/** Why a call did not give its answer. */
import type { ProblemDetails } from '@rollcall/api';

/** The server answered with problem details (RFC 9457): decide by `problem.code`, show `message` to people. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: ProblemDetails;
  /** Seconds after which trying again makes sense, when the server said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: ProblemDetails, retryAfterSeconds?: number) {
    super(problem.detail === '' ? problem.title : `${problem.title}: ${problem.detail}`);
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What answered is not the API: a proxy's page, for instance. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
  readonly status: number;

  constructor(status: number, text: string) {
    super(`the server answered ${status}: ${text.slice(0, TEXT_SHOWN_LENGTH)}`);
    this.status = status;
  }
}

/** Nothing answered. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** What an answer that is no success means. */
export function answeredError(status: number, text: string, retryAfter: string | null = null): Error {
  try {
    const problem = JSON.parse(text) as ProblemDetails;
    const seconds = retryAfter !== null && /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : undefined;
    if (typeof problem.code === 'string' && typeof problem.title === 'string')
      return new ProblemError(problem, seconds);
  } catch {
    // Not ours.
  }
  return new UnexpectedAnswerError(status, text);
}

const TEXT_SHOWN_LENGTH = 200;
