import type { ActionCode } from './action.ts';
import { OthersSymlinkError } from '../storage/configured-directory.ts';
import { errorCode } from '../storage/durable.ts';
import { LocateError } from '../storage/locate-target.ts';

export type ActionOutcome = 'failed' | 'rejected' | 'timed_out' | 'cancelled';

/** An action cannot go on; what it did so far is to be undone. */
export class ActionError extends Error {
  override readonly name = 'ActionError';
  readonly code: ActionCode;
  readonly outcome: ActionOutcome;
  readonly exitCode: number | undefined;

  constructor(
    code: ActionCode,
    message: string,
    options: { outcome?: ActionOutcome; exitCode?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.outcome = options.outcome ?? 'failed';
    this.exitCode = options.exitCode;
  }

  /** Gives whatever was thrown its stable code. */
  static from(error: unknown): ActionError {
    if (error instanceof ActionError) return error;
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof LocateError) {
      const code = error.reason === 'bad_path' ? 'bad_action' : error.reason;
      return new ActionError(code, message, { outcome: 'rejected', cause: error });
    }
    if (error instanceof OthersSymlinkError) {
      return new ActionError('path_outside_roots', message, { outcome: 'rejected', cause: error });
    }
    return new ActionError(codeOfErrno[errorCode(error) ?? ''] ?? 'io_error', message, { cause: error });
  }
}

/** The device declines: nothing was tried. */
export function rejection(code: ActionCode, message: string): ActionError {
  return new ActionError(code, message, { outcome: 'rejected' });
}

const codeOfErrno: Readonly<Record<string, ActionCode>> = {
  ENOSPC: 'no_space',
  EDQUOT: 'no_space',
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
  EROFS: 'permission_denied',
  EISDIR: 'path_conflict',
  ENOTDIR: 'path_conflict',
  ELOOP: 'path_conflict',
  ENAMETOOLONG: 'path_conflict',
};
