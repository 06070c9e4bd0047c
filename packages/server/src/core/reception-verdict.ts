/**
 * Whether a session carried anything: asked when it is over, answered by what its devices say afterwards. If all of
 * them say that nothing came, the operator is told that the multicast seems to be blocked.
 */
export class ReceptionVerdict {
  readonly #undecided: Set<string>;
  #count: number;
  #hasArrived: boolean;

  /** @param listeners devices that said they listen. @param wasHeard the sender heard feedback of any of them. */
  constructor(listeners: Iterable<string>, wasHeard: boolean) {
    this.#undecided = new Set(listeners);
    this.#count = this.#undecided.size;
    this.#hasArrived = wasHeard;
  }

  hear(deviceId: string, bytesMulticast: number): void {
    if (bytesMulticast > 0) this.#hasArrived = true;
    this.#undecided.delete(deviceId);
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
}

export const BLOCKED_MESSAGE =
  'no device received the multicast: it may be blocked between the server and the devices (a firewall, a switch ' +
  'with IGMP snooping but no querier, or a router between them); the content goes by unicast';
