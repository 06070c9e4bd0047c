/** What the process ends with: part of the contract with scripts. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** What was waited for can no longer happen. */
  hopeless: 3,
  timeout: 4,
  notFound: 5,
  notAllowed: 6,
  /** The worst that the doctor found. */
  findingWarning: 7,
  findingError: 8,
  /** By ctrl-C: 128 and the number of SIGINT, as shells have it. */
  interrupted: 130,
  /** Nobody reads the output any more: likewise SIGPIPE. */
  unread: 141,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error for the person at the command line: says what was wrong and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

export function usageError(message: string): CommandError {
  return new CommandError(EXIT.usage, message);
}
