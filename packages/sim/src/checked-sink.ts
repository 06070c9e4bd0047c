import { RangeSet, type ByteRange, type ObjectSink } from '@rollcall/norm';

/**
 * A sink in memory that holds what is written against what was sent, and remembers which bytes it has: so a session that
 * says too much, or reads back what was never written, is caught in the act.
 */
export class CheckedSink implements ObjectSink {
  readonly #content: Uint8Array;
  readonly written = new RangeSet();
  readonly reported = new RangeSet();

  constructor(content: Uint8Array, held: readonly ByteRange[]) {
    this.#content = content;
    for (const { offset, length } of held) this.written.add(offset, offset + length);
  }

  write(offset: number, bytes: Uint8Array): void {
    const expected = this.#content.subarray(offset, offset + bytes.length);
    if (expected.length !== bytes.length) throw new Error(`write beyond the end: ${offset} + ${bytes.length}`);
    for (let index = 0; index < bytes.length; index += 1) {
      if (bytes[index] !== expected[index]) throw new Error(`wrong byte at ${offset + index}`);
    }
    this.written.add(offset, offset + bytes.length);
  }

  read(offset: number, target: Uint8Array): void {
    if (!this.written.covers(offset, offset + target.length))
      throw new Error(`read of what was never written: ${offset}`);
    target.set(this.#content.subarray(offset, offset + target.length));
  }

  /** The session says that these bytes are here now. */
  onReported({ offset, length }: ByteRange): string | undefined {
    if (!this.written.covers(offset, offset + length)) return `reported ${offset} + ${length}, but did not write it`;
    const sizeBefore = this.reported.size;
    this.reported.add(offset, offset + length);
    return this.reported.size - sizeBefore === length ? undefined : `reported ${offset} + ${length} twice`;
  }

  get isComplete(): boolean {
    return this.written.size === this.#content.length;
  }

  /** Empty when `missing` is exactly what is not here. */
  differenceTo(missing: readonly ByteRange[]): string {
    const truly = this.written.gaps(0, this.#content.length);
    const isSame =
      truly.length === missing.length &&
      truly.every(
        ({ offset, length }, index) => offset === missing[index]!.offset && length === missing[index]!.length,
      );
    return isSame ? '' : `missing ${JSON.stringify(truly)}, but told ${JSON.stringify(missing)}`;
  }
}
