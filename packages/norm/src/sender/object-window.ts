import { OBJECTS_PER_SENDER_MAX, OBJECTS_QUEUED_MAX } from '../limits.ts';
import { nextToi, toiDifference } from '../wire/serial.ts';
import type { SenderObject } from './sender-object.ts';

/** The objects that a sender sends or can still repair, by their transport object id, in the order of enqueuing. */
export class ObjectWindow {
  readonly #objects = new Map<number, SenderObject>();
  readonly #unsent: SenderObject[] = [];
  #nextToi: number;

  constructor(firstToi: number) {
    this.#nextToi = firstToi & 0xffff;
  }

  /** The id that the next object gets. */
  get nextToi(): number {
    return this.#nextToi;
  }

  /** The object that is being sent for the first time. */
  get current(): SenderObject | undefined {
    return this.#unsent[0];
  }

  get oldest(): SenderObject | undefined {
    return this.#objects.values().next().value;
  }

  get(toi: number): SenderObject | undefined {
    return this.#objects.get(toi);
  }

  add(object: SenderObject): void {
    if (this.#unsent.length >= OBJECTS_QUEUED_MAX)
      throw new RangeError(`more than ${OBJECTS_QUEUED_MAX} objects enqueued`);
    this.#objects.set(object.toi, object);
    this.#unsent.push(object);
    this.#nextToi = nextToi(object.toi);
  }

  /** The current object has been sent. Returns the oldest one, if the window has become too long to keep it. */
  onCurrentSent(): SenderObject | undefined {
    this.#unsent.shift();
    const sentCount = this.#objects.size - this.#unsent.length;
    return sentCount > OBJECTS_PER_SENDER_MAX ? this.oldest : undefined;
  }

  delete(object: SenderObject): void {
    this.#objects.delete(object.toi);
    const index = this.#unsent.indexOf(object);
    if (index >= 0) this.#unsent.splice(index, 1);
  }

  /** Whether nobody can have heard of this id yet. */
  isFuture(toi: number): boolean {
    return toiDifference(toi, this.current?.toi ?? this.#nextToi) > 0 || toi === this.#nextToi;
  }
}
