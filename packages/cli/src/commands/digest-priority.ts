import { getPriority, setPriority } from 'node:os';

/** The last there is: at 10 several digests on two processors still took a fifth of both. */
const NICENESS = 19;
/** For good, where this process may not take precedence again: at 19 a busy machine would let the digest wait for minutes. */
const NICENESS_FOR_GOOD = 10;

/**
 * How much this thread, which makes a file's digest, stands back behind a session's. As long as the file is on its way
 * nobody waits for the digest; then nothing else is left.
 */
export class DigestPriority {
  readonly #usual = getPriority();
  #isBack = false;

  /** Of this thread alone; threads that it starts later would have it, too. */
  standBack(): void {
    if (this.#isBack) return;
    this.#isBack = true;
    trySet(Math.max(this.#usual, this.#mayComeForward() ? NICENESS : NICENESS_FOR_GOOD));
  }

  comeForward(): void {
    if (!this.#isBack) return;
    this.#isBack = false;
    trySet(this.#usual);
  }

  #mayComeForward(): boolean {
    return trySet(this.#usual - 1) && trySet(this.#usual);
  }
}

/** Where the system does not let it: like everybody, then. */
function trySet(niceness: number): boolean {
  try {
    setPriority(niceness);
    return true;
  } catch {
    return false;
  }
}
