export type AgentErrorCode =
  /** Nobody joined with this data directory. */
  | 'not_joined'
  | 'already_joined'
  /** The data directory was copied from another machine. */
  | 'cloned'
  /** Another agent runs on this data directory. */
  | 'locked'
  | 'platform_untested'
  | 'data_unusable'
  /** Others can read the data directory. */
  | 'data_open'
  | 'bad_token'
  | 'bad_option'
  | 'server_untrusted'
  | 'server_unreachable'
  | 'join_refused';

/** Why the agent cannot join or start. The message says what to do. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
