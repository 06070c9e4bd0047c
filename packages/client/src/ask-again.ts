import { ProblemError, UnreachableError } from './errors.ts';
import { pause } from './pause.ts';

/** Asks again while nothing answers, or the answer is to come: for requests that are carried out once however often they are asked. */
export async function askAgain<Answer>(ask: () => Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
  for (let again = 1; ; again += 1) {
    try {
      return await ask();
    } catch (error) {
      if (again > AGAIN_MAX || signal?.aborted === true || !isPassing(error)) throw error;
      const asked = error instanceof ProblemError ? error.retryAfterSeconds : undefined;
      await pause(asked === undefined ? AGAIN_MS * 2 ** again : asked * 1000, signal);
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  return error instanceof ProblemError && PASSING.has(error.problem.code);
}

const PASSING: ReadonlySet<string> = new Set(['idempotency_key_in_use', 'unavailable', 'too_many_requests']);

/** Some twelve seconds: a restart of the server takes three. */
const AGAIN_MAX = 5;
const AGAIN_MS = 200;
