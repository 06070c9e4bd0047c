export type TransportErrorCode =
  | 'interface_unknown'
  | 'group_invalid'
  | 'port_in_use'
  | 'not_permitted'
  | 'network_unreachable'
  | 'datagram_too_big'
  | 'socket_failed'
  | 'no_space'
  | 'file_failed'
  | 'invalid_option'
  | 'session_failed'
  | 'timeout'
  | 'aborted';

/** What went wrong with a socket, a file or a session. The message says what to do. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportErrorCode;

  constructor(code: TransportErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** The error of a file operation. `doing` names the operation and the file: "write /srv/image.bin". */
export function fileError(doing: string, error: unknown): TransportError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new TransportError('no_space', `cannot ${doing}: no space left. Free some and try again`, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new TransportError('file_failed', `cannot ${doing}: ${message}`, { cause: error });
}
