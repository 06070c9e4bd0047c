/**
 * The program behind a lab's delay: joins two interfaces as a long cable would, by whole frames, in their order, each
 * released a fixed time after it arrived. It runs in the namespace that holds both: node lab/delay-wire.ts MICROS A B
 */
import { KernelMemory } from '../packages/transport/src/udp/native/kernel-memory.ts';
import { loadLibc } from '../packages/transport/src/udp/native/libc.ts';
import type { Libc } from '../packages/transport/src/udp/native/libc.ts';
import * as linux from '../packages/transport/src/udp/native/linux.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
/** ETH_P_ALL as the kernel wants it, in network order. */
const EVERY_PROTOCOL = 0x0300;
const SOL_PACKET = 263;
const PACKET_IGNORE_OUTGOING = 23;
const SO_SNDBUFFORCE = 32;
const SOCKADDR_LL_SIZE = 20;

/** An Ethernet frame of the usual MTU, with room for a VLAN tag. */
const FRAME_SIZE_MAX_BYTES = 1536;
/** Frames of one call each way. */
const BATCH_FRAMES = 128;
/** What a cable may hold: full frames at 1 Gbit/s, twice over. Beyond that they are lost, as in a switch. */
const FRAMES_PER_SECOND_MAX = 160_000;
const BUFFER_BYTES = 32 * 1024 * 1024;
/**
 * The wire sleeps so long after each look instead of waking for every frame: at 80,000 frames a second wake-ups would
 * cost more than the frames. A frame is late by this at most, and by half of it on average.
 */
const NAP_MICROS = 200;
/** How long an idle wire sleeps at most; a frame ends that. */
const IDLE_MICROS = 1_000_000;

/** Frames on their way from one socket to the other, in a ring that the kernel fills and empties. */
class Direction {
  readonly #libc: Libc;
  readonly #from: number;
  readonly #to: number;
  readonly #delayMicros: number;
  readonly #capacity: number;
  readonly #messages: KernelMemory;
  readonly #vectors: KernelMemory;
  readonly #frames: KernelMemory;
  readonly #releaseAt: Float64Array;
  #first = 0;
  #count = 0;

  constructor(libc: Libc, from: number, to: number, delayMicros: number) {
    this.#libc = libc;
    this.#from = from;
    this.#to = to;
    this.#delayMicros = delayMicros;
    this.#capacity = Math.max(4 * BATCH_FRAMES, Math.ceil((FRAMES_PER_SECOND_MAX * delayMicros) / 1e6));
    this.#messages = new KernelMemory(libc, this.#capacity * linux.MMSGHDR_SIZE);
    this.#vectors = new KernelMemory(libc, this.#capacity * linux.IOVEC_SIZE);
    this.#frames = new KernelMemory(libc, this.#capacity * FRAME_SIZE_MAX_BYTES);
    this.#releaseAt = new Float64Array(this.#capacity);
    for (let slot = 0; slot < this.#capacity; slot++) {
      this.#messages.setWord(
        slot * linux.MMSGHDR_SIZE + linux.MSG_IOV,
        this.#vectors.address + slot * linux.IOVEC_SIZE,
      );
      this.#messages.setWord(slot * linux.MMSGHDR_SIZE + linux.MSG_IOVLEN, 1);
      this.#vectors.setWord(slot * linux.IOVEC_SIZE, this.#frames.address + slot * FRAME_SIZE_MAX_BYTES);
    }
  }

  /** When the first frame is due, or undefined on an empty wire. */
  get nextRelease(): number | undefined {
    return this.#count === 0 ? undefined : this.#releaseAt[this.#first];
  }

  /** Takes what has arrived. Returns how many frames. */
  take(now: number): number {
    let taken = 0;
    while (this.#count < this.#capacity) {
      const start = (this.#first + this.#count) % this.#capacity;
      const room = Math.min(BATCH_FRAMES, this.#capacity - this.#count, this.#capacity - start);
      for (let slot = start; slot < start + room; slot++) this.#setLength(slot, FRAME_SIZE_MAX_BYTES);
      const received = this.#libc.recvmmsg(this.#from, this.#message(start), room, linux.MSG_DONTWAIT, 0);
      for (let slot = start; slot < start + received; slot++) {
        this.#setLength(slot, this.#messages.view.getUint32(slot * linux.MMSGHDR_SIZE + linux.MSG_LEN, true));
        this.#releaseAt[slot] = now + this.#delayMicros;
      }
      this.#count += Math.max(0, received);
      taken += Math.max(0, received);
      if (received < room) break;
    }
    return taken;
  }

  /** Sends what is due. Frames that the far interface refuses (it is down) are lost, as on a cut cable. */
  release(now: number): void {
    for (;;) {
      const runMax = Math.min(BATCH_FRAMES, this.#count, this.#capacity - this.#first);
      let due = 0;
      while (due < runMax && (this.#releaseAt[this.#first + due] ?? 0) <= now) due++;
      if (due === 0) return;
      const sent = this.#libc.sendmmsg(this.#to, this.#message(this.#first), due, linux.MSG_DONTWAIT);
      if (sent < 0 && [linux.EAGAIN, linux.ENOBUFS].includes(this.#libc.errno())) return;
      const gone = Math.max(1, sent);
      this.#first = (this.#first + gone) % this.#capacity;
      this.#count -= gone;
    }
  }

  #message(slot: number): number {
    return this.#messages.address + slot * linux.MMSGHDR_SIZE;
  }

  #setLength(slot: number, length: number): void {
    this.#vectors.setWord(slot * linux.IOVEC_SIZE + 8, length);
  }
}

carry(Number(process.argv[2]), process.argv[3] ?? '', process.argv[4] ?? '');

/** Carries frames until it is killed. */
function carry(delayMicros: number, left: string, right: string): never {
  const libc = loadLibc();
  if (libc === undefined) throw new Error('a lab with delay needs Linux on x64 or arm64 and the package koffi');
  const ends = [openEnd(libc, left), openEnd(libc, right)] as const;
  const directions = [
    new Direction(libc, ends[0], ends[1], delayMicros),
    new Direction(libc, ends[1], ends[0], delayMicros),
  ];
  const poll = new KernelMemory(libc, 32);
  poll.setInt32(0, ends[0]).setInt32(8, ends[1]);
  for (;;) {
    let taken = 0;
    for (const direction of directions) taken += direction.take(nowMicros());
    for (const direction of directions) direction.release(nowMicros());
    const due = Math.min(...directions.map((direction) => direction.nextRelease ?? Infinity));
    const untilDue = Math.max(0, due - nowMicros());
    // After frames, more are likely: let them gather. Otherwise the next frame ends the sleep.
    const micros = Math.min(untilDue, taken > 0 ? NAP_MICROS : IDLE_MICROS);
    poll.setInt32(4, linux.POLLIN).setInt32(12, linux.POLLIN);
    poll.setWord(16, Math.floor(micros / 1e6));
    poll.setWord(24, Math.round((micros % 1e6) * 1000));
    libc.ppoll(poll.address, taken > 0 ? 0 : 2, poll.address + 16, 0);
  }
}

/** All frames that arrive at an interface, and none that leave by it. */
function openEnd(libc: Libc, interfaceName: string): number {
  // Without a protocol it hears nothing before it is bound to its interface.
  const fd = libc.socket(AF_PACKET, SOCK_RAW + linux.SOCK_CLOEXEC, 0);
  const memory = new KernelMemory(libc, 32);
  const set = (level: number, option: number, value: number): void => {
    memory.setInt32(0, value);
    if (libc.setsockopt(fd, level, option, memory.address, 4) !== 0) throw failure(libc, `set option ${option} on`);
  };
  const failure = (from: Libc, doing: string): Error =>
    new Error(`cannot ${doing} ${interfaceName} (errno ${from.errno()})`);
  if (fd < 0) throw failure(libc, 'open a packet socket for');
  set(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
  set(linux.SOL_SOCKET, linux.SO_RCVBUFFORCE, BUFFER_BYTES);
  set(linux.SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_BYTES);
  memory.bytes.fill(0);
  memory.view.setUint16(0, AF_PACKET, true);
  memory.view.setUint16(2, EVERY_PROTOCOL, true);
  memory.setInt32(4, libc.interfaceIndex(interfaceName));
  if (libc.bind(fd, memory.address, SOCKADDR_LL_SIZE) !== 0) throw failure(libc, 'bind to');
  return fd;
}

function nowMicros(): number {
  return performance.now() * 1000;
}
