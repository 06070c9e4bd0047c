/**
 * What of a session arrived: asked when it is over, answered by what its devices say afterwards. If all of them say that
 * nothing came, the operator is told that the multicast seems to be blocked; if some do, that it did not reach those.
 */
export class ReceptionVerdict {
  readonly #undecided: Set<string>;
  readonly #answering: ReadonlySet<string>;
  readonly #unreached = new Set<string>();
  #count: number;
  #hasArrived: boolean;

  /** @param listeners devices that said they listen. @param answering those whose feedback the sender heard. */
  constructor(listeners: Iterable<string>, answering: Iterable<string>) {
    this.#undecided = new Set(listeners);
    this.#count = this.#undecided.size;
    this.#answering = new Set(answering);
    this.#hasArrived = this.#answering.size > 0;
  }

  hear(deviceId: string, bytesMulticast: number): void {
    if (bytesMulticast > 0) this.#hasArrived = true;
    const wasUndecided = this.#undecided.delete(deviceId);
    // Who asked for repair had heard something, however little it holds.
    if (wasUndecided && bytesMulticast === 0 && !this.#answering.has(deviceId)) this.#unreached.add(deviceId);
  }

  /** Says nothing about the multicast: it had the content before, or did not want it. */
  excuse(deviceId: string): void {
    if (this.#undecided.delete(deviceId)) this.#count -= 1;
  }

  /** Undefined: not known yet. */
  get result(): 'arrived' | 'blocked' | undefined {
    if (this.#hasArrived || this.#count === 0) return 'arrived';
    return this.#undecided.size === 0 ? 'blocked' : undefined;
  }

  /** Nothing that is said from now on changes it. */
  get isSettled(): boolean {
    return this.#undecided.size === 0;
  }

  /** Those that heard nothing while others did; each once. */
  takeUnreached(): string[] {
    if (this.result !== 'arrived') return [];
    const taken = [...this.#unreached];
    this.#unreached.clear();
    return taken;
  }
}

export const BLOCKED_MESSAGE =
  'no device received the multicast: it may be blocked between the server and the devices (a firewall, a switch ' +
  'with IGMP snooping but no querier, or a router between them); the content goes by unicast. To find out: rollcall doctor';
