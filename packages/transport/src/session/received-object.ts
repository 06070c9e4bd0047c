import type { ByteRange, ObjectKey } from '@rollcall/norm';
import type { ObjectStore } from './object-store.ts';
import type { ExpectedObject } from './session-config.ts';
import type { ObjectProgress } from './session-events.ts';
import { RangeSet } from '@rollcall/norm';
import { LeafVerifier } from './leaf-verifier.ts';

/** One object on its way in: where its bytes go, which it has, and which of its leaves are right. */
export class ReceivedObject {
  readonly store: ObjectStore;
  readonly size: number;
  readonly verifier: LeafVerifier | undefined;
  /** Once a sender has announced it. */
  key: ObjectKey | undefined;
  readonly #leafSize: number;
  readonly #held = new RangeSet();

  constructor(store: ObjectStore, size: number, held: readonly ByteRange[], leaves: ExpectedObject['leaves']) {
    this.store = store;
    this.size = size;
    this.#leafSize = leaves?.leafSize ?? 0;
    this.verifier = leaves && new LeafVerifier(store, size, leaves.leafSize);
    if (leaves?.table) this.verifier?.setTable(leaves.table);
    for (const range of held) this.onHeld(range);
  }

  onWritten(offset: number, length: number): void {
    this.#held.add(offset, offset + length);
    this.verifier?.onWritten(offset, length);
  }

  onHeld(range: ByteRange): void {
    this.#held.add(range.offset, range.offset + range.length);
    this.verifier?.onHeld(range);
  }

  heldRanges(): readonly ByteRange[] {
    return this.#held.ranges();
  }

  missingRanges(): readonly ByteRange[] {
    return this.#held.gaps(0, this.size);
  }

  progress(): ObjectProgress | undefined {
    const [first] = this.#held.ranges();
    const prefixBytes = first?.offset === 0 ? first.length : 0;
    return this.key && { object: this.key, size: this.size, heldBytes: this.#held.size, prefixBytes };
  }

  /** What the verifier found since the last call. The bytes of a corrupt leaf are missing again. */
  takeFindings() {
    const found = this.verifier?.takeFindings() ?? { verified: [], corrupt: [] };
    for (const leaf of found.corrupt) {
      this.#held.delete(leaf * this.#leafSize, Math.min((leaf + 1) * this.#leafSize, this.size));
    }
    const verifiedBytes = found.verified.reduce((sum, leaves) => sum + leaves.length * this.#leafSize, 0);
    return { ...found, verifiedBytes };
  }
}
