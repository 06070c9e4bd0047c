/** Events in the order in which they happened, until they are polled. */
export class EventQueue<Event> {
  #events: Event[] = [];
  #first = 0;

  push(event: Event): void {
    this.#events.push(event);
  }

  /** The newest event that was not polled yet: whoever adds to it instead of pushing keeps the queue short. */
  get last(): Event | undefined {
    return this.#events.at(-1);
  }

  /** Puts another event in place of the newest. */
  replaceLast(event: Event): void {
    this.#events[this.#events.length - 1] = event;
  }

  poll(): Event | undefined {
    const event = this.#events[this.#first];
    if (event === undefined) return undefined;
    this.#first += 1;
    if (this.#first === this.#events.length) {
      this.#events = [];
      this.#first = 0;
    }
    return event;
  }
}
