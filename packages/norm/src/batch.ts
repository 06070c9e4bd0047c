/**
 * Datagrams back to back in one preallocated arena: what a socket fills and a session reads, or the other way round.
 *
 * Received datagrams may lie anywhere in the arena. Datagrams to send are appended contiguously, so that a run of
 * equal length to one destination can leave as one segmented super-packet. Nothing here allocates after construction.
 */
export class DatagramBatch {
  /** The arena, and a view of the very same bytes. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where in the arena datagram i begins, and how many bytes it has. */
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
  /**
   * Received: the handle that the socket gave to the source address. To send: where to; 0 is the session's own
   * destination (the group), above 0 a handle that came with a received datagram.
   */
  readonly peers: Int32Array;
  /**
   * Received: for how many microseconds datagram i had lain in the socket when it was read. 0 where the system does not
   * tell.
   */
  readonly waited: Int32Array;
  /** How many datagrams the batch holds now. */
  count = 0;

  constructor(datagramCountMax: number, datagramSizeMax: number) {
    this.bytes = new Uint8Array(datagramCountMax * datagramSizeMax);
    this.view = new DataView(this.bytes.buffer);
    this.offsets = new Int32Array(datagramCountMax);
    this.lengths = new Int32Array(datagramCountMax);
    this.peers = new Int32Array(datagramCountMax);
    this.waited = new Int32Array(datagramCountMax);
  }

  get countMax(): number {
    return this.offsets.length;
  }

  /** Where the next datagram to send has to be written. */
  get end(): number {
    const last = this.count - 1;
    return last < 0 ? 0 : (this.offsets[last] ?? 0) + (this.lengths[last] ?? 0);
  }

  /** Whether one more datagram of up to `size` bytes can be appended. */
  hasRoom(size: number): boolean {
    return this.count < this.offsets.length && this.end + size <= this.bytes.length;
  }

  /** Takes the `length` bytes that were written at `end` as the next datagram. */
  append(length: number, peer: number): void {
    const offset = this.end;
    if (this.count >= this.offsets.length) throw new RangeError('batch is full');
    if (offset + length > this.bytes.length) throw new RangeError('datagram runs over the end of the arena');
    this.offsets[this.count] = offset;
    this.lengths[this.count] = length;
    this.peers[this.count] = peer;
    this.count += 1;
  }

  clear(): void {
    this.count = 0;
  }
}
