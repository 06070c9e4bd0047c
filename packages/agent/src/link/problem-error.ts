import { type ProblemCode, PROBLEMS } from '@rollcall/api';

/** The server answered, and said no (RFC 9457 §3). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  /** Undefined: not in our words, a proxy's page for instance. */
  readonly code: ProblemCode | undefined;
  /** When the server said to come again. */
  readonly retryAfterMilliseconds: number | undefined;

  constructor(status: number, text: string, retryAfter: string | undefined) {
    const { code, detail } = parseProblem(text);
    super(detail ?? (code === undefined ? `the server answered ${status}` : PROBLEMS[code].title));
    this.status = status;
    this.code = code;
    const seconds = Number(retryAfter);
    this.retryAfterMilliseconds = retryAfter !== undefined && seconds >= 0 ? seconds * 1000 : undefined;
  }
}

function parseProblem(text: string): { code?: ProblemCode; detail?: string } {
  try {
    const parsed = JSON.parse(text) as { code?: unknown; detail?: unknown } | null;
    const { code, detail } = parsed ?? {};
    return {
      ...(typeof code === 'string' && code in PROBLEMS ? { code: code as ProblemCode } : {}),
      ...(typeof detail === 'string' && detail !== '' ? { detail } : {}),
    };
  } catch {
    return {};
  }
}
