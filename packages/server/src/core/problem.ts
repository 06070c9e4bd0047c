/** A request that cannot be done, with the code and the words that the caller gets. */
import type { ProblemCode } from '@rollcall/api';

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    options?: { readonly cause?: unknown; readonly retryAfterSeconds?: number },
  ) {
    super(detail, options);
    this.code = code;
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }
}
