/** Places for sessions that send at once, each with a port of its own and its share of the server's rate. */
import { choosePort, shareRate } from '../core/plan-round.ts';

export interface SessionPlace {
  readonly port: number;
  /** Bytes per second that the session may send now. */
  readonly rate: number;
  /** Called when the share changes. */
  onRate(listener: (bytesPerSecond: number) => void): void;
  leave(): void;
}

interface Taken {
  readonly port: number;
  readonly demand: number | undefined;
  rate: number;
  listener: ((bytesPerSecond: number) => void) | undefined;
}

export class SessionPlaces {
  readonly #basePort: number;
  readonly #totalRate: number;
  readonly #countMax: number;
  readonly #taken = new Set<Taken>();
  readonly #queue = new Set<() => void>();

  constructor(options: { readonly basePort: number; readonly totalRate: number; readonly countMax: number }) {
    this.#basePort = options.basePort;
    this.#totalRate = options.totalRate;
    this.#countMax = options.countMax;
  }

  /**
   * Resolves in the order of asking; undefined: the signal came first.
   *
   * @param demand the task's own rate, if it has one
   */
  async take(demand: number | undefined, signal: AbortSignal): Promise<SessionPlace | undefined> {
    if (this.#taken.size >= this.#countMax) await this.#untilEntered(signal);
    if (signal.aborted) {
      // It may have been let in by then: the next one takes its turn.
      this.#letIn();
      return undefined;
    }
    const ports = new Set([...this.#taken].map(({ port }) => port));
    const taken: Taken = { port: choosePort(this.#basePort, ports), demand, rate: 0, listener: undefined };
    this.#taken.add(taken);
    this.#share();
    return {
      port: taken.port,
      get rate() {
        return taken.rate;
      },
      onRate: (listener) => (taken.listener = listener),
      leave: () => {
        if (!this.#taken.delete(taken)) return;
        this.#share();
        this.#letIn();
      },
    };
  }

  /** Lets everybody in who waits: they find out themselves that it is over. */
  close(): void {
    for (const enter of this.#queue) enter();
    this.#queue.clear();
  }

  async #untilEntered(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue.add(resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    this.#queue.delete(resolve);
  }

  #letIn(): void {
    if (this.#taken.size >= this.#countMax) return;
    const [enter] = this.#queue;
    if (enter === undefined) return;
    this.#queue.delete(enter);
    enter();
  }

  #share(): void {
    const all = [...this.#taken];
    const shares = shareRate(
      this.#totalRate,
      all.map(({ demand }) => demand),
    );
    all.forEach((taken, index) => {
      const share = Math.max(1, Math.floor(shares[index]!));
      if (taken.rate === share) return;
      taken.rate = share;
      taken.listener?.(share);
    });
  }
}
