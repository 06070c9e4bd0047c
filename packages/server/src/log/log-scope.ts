/**
 * What a line of the log belongs to: the request and the operation in whose course it is written, however deep. It goes
 * along with the call (AsyncLocalStorage): a multicast round that a request began still names that request.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface LogFields {
  readonly requestId?: string;
  readonly operation?: string;
  readonly taskId?: string;
}

const scope = new AsyncLocalStorage<LogFields>();

export function currentLogFields(): LogFields {
  return scope.getStore() ?? {};
}

export function runInLogScope<Result>(fields: LogFields, run: () => Result): Result {
  return scope.run(fields, run);
}

/** For what happens by itself, though somebody's request set it off. */
export function runOutsideOfLogScope<Result>(run: () => Result): Result {
  return scope.exit(run);
}
