/**
 * `short` is tried at each `npm test` and takes a few seconds at most; `full` is what the promise is about.
 */
export type Scale = 'short' | 'full';

export interface AttackOutcome {
  /** How often it was tried. */
  readonly count: number;
  /** What stopped it, in one line. */
  readonly stoppedBy: string;
}

/** Somebody's attempt at what must not succeed. A file `attack/<area>/<name>.ts` exports one as `attack`. */
export interface Attack {
  /** What is tried, in one line. */
  readonly name: string;
  /** Why it cannot be tried on this machine, such as a missing right; undefined where it can. */
  readonly skip?: string | undefined;
  /** Throws when the attack succeeds, or when it never came as far as what is to stop it. */
  run(scale: Scale): Promise<AttackOutcome>;
}
