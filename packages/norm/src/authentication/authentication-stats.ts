/** Datagrams that were dropped before anything in them was believed. */
export interface AuthenticationStats {
  /** Not of this session, without a MAC, or with a wrong one. */
  readonly unauthenticatedCount: number;
  /** Seen before, or older than what is remembered. */
  readonly replayedCount: number;
}

export type MutableAuthenticationStats = { -readonly [Field in keyof AuthenticationStats]: AuthenticationStats[Field] };
