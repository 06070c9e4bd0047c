import type { ByteRange, ObjectKey, ObjectSink } from '@rollcall/norm';
import type { ObjectStore } from './object-store.ts';
import type { ExpectedObject } from './session-config.ts';
import type { ObjectProgress } from './session-events.ts';
import { RangeSet } from '@rollcall/norm';
import { EncryptedStore } from './encrypted-store.ts';
import { LeafVerifier } from './leaf-verifier.ts';
import { PrefixDigest } from './prefix-digest.ts';

/** One object on its way in: where its bytes go, which it has, and which of its leaves are right. */
export class ReceivedObject implements ObjectSink {
  readonly store: ObjectStore;
  readonly size: number;
  readonly verifier: LeafVerifier | undefined;
  /** Once a sender has announced it. */
  key: ObjectKey | undefined;
  /** While this thread makes it. */
  digest: PrefixDigest | undefined;
  isComplete = false;
  readonly #leafSize: number;
  readonly #held = new RangeSet();
  /** Some of it is taken again. */
  #isMended = false;

  constructor(store: ObjectStore, size: number, held: readonly ByteRange[], leaves: ExpectedObject['leaves']) {
    const encryption = leaves?.encryption;
    this.store = encryption ? new EncryptedStore(store, size, leaves.leafSize, encryption) : store;
    this.size = size;
    this.#leafSize = leaves?.leafSize ?? 0;
    this.verifier = leaves && new LeafVerifier(this.store, size, leaves.leafSize, leaves.areHashesCompared);
    if (leaves?.table) this.verifier?.setTable(leaves.table);
    for (const range of held) this.onHeld(range);
  }

  /** What was verified stays as it is: a symbol that is taken again may reach into the next leaf, and be wrong again. */
  write(offset: number, bytes: Uint8Array): void {
    this.digest?.onWrite(offset, bytes);
    if (!this.#isMended || this.verifier === undefined) {
      this.store.write(offset, bytes);
      return;
    }
    for (const open of this.verifier.unverified(offset, bytes.length)) {
      this.store.write(open.offset, bytes.subarray(open.offset - offset, open.offset - offset + open.length));
    }
  }

  read(offset: number, target: Uint8Array): void {
    this.store.read(offset, target);
  }

  onWritten(offset: number, length: number): void {
    this.#held.add(offset, offset + length);
    this.verifier?.onWritten(offset, length);
  }

  /** Returns what of the range counts: of an encrypted object whole leaves alone, which are plaintext. */
  onHeld(range: ByteRange): ByteRange {
    const held = this.store instanceof EncryptedStore ? this.store.onHeld(range) : range;
    this.#held.add(held.offset, held.offset + held.length);
    this.verifier?.onHeld(held);
    return held;
  }

  /** Of a corrupt leaf: keeps the pieces that are right, and returns the others. */
  keepRightPieces(leaf: number, symbolSize: number, hashes: Uint8Array): readonly ByteRange[] {
    const pieces = this.verifier?.judgePieces(leaf, symbolSize, hashes);
    if (pieces === undefined) return [];
    this.#isMended = true;
    for (const { offset, length } of pieces.right) this.onWritten(offset, length);
    return pieces.wrong;
  }

  heldRanges(): readonly ByteRange[] {
    return this.#held.ranges();
  }

  missingRanges(): readonly ByteRange[] {
    return this.#held.gaps(0, this.size);
  }

  /** What of it is here from the beginning on without a gap. */
  get prefixBytes(): number {
    return this.#held.prefixLength;
  }

  progress(): ObjectProgress | undefined {
    const { key: object, size, prefixBytes } = this;
    return object && { object, size, heldBytes: this.#held.size, prefixBytes };
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
