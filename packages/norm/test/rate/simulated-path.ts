import type { AutoRate } from '../../src/sender/auto-rate.ts';
import { CC_FLAG } from '../../src/wire/ext-cc.ts';
import { quantizeRate } from '../../src/wire/quantization.ts';
import type { ProbeRecord } from '../../src/sender/probe-log.ts';
import { Random } from '../../src/random.ts';
import type { Micros } from '../../src/time.ts';

const DATAGRAM_BYTES = 1464;
/** Beside the datagram: Ethernet, IP and UDP. */
const FRAMING_BYTES = 74;
const TCP_SEGMENT_BYTES = 1538;
/** A driver that wakes once in a millisecond sends in bursts. */
const TICK_MICROS = 1000;

interface PathOptions {
  readonly bitsPerSecond: number;
  readonly queueBytes?: number;
  /** Both ways, without the queue. */
  readonly roundTripMicros?: number;
  /** The same by time: what others have waiting in front, on whom nothing here has any effect. */
  readonly roundTripMicrosAt?: (now: Micros) => Micros;
  readonly lossRatio?: number;
  readonly isTcpBeside?: boolean;
  readonly tcpEndsAt?: Micros;
  /** So long it has been there when the automatic rate begins. */
  readonly tcpLeadMicros?: Micros;
  /** When the receiver's answers get lost as well. */
  readonly isSilentAt?: (now: Micros) => boolean;
  readonly bitsPerSecondAt?: (now: Micros) => number;
  readonly nodeId?: number;
  /** The receiver reads no faster, of a socket that holds so much and has a time for each datagram. */
  readonly readBitsPerSecondAt?: (now: Micros) => number;
  readonly socketBytes?: number;
}

interface Feedback {
  readonly at: Micros;
  readonly probe: ProbeRecord;
  readonly datagrams: number;
  readonly bytes: number;
  readonly clock: Micros;
  readonly waited: Micros;
}

/** A bottleneck with a queue that drops what does not fit, a receiver behind it that answers probes, and a TCP flow beside. */
class SimulatedPath {
  readonly options: PathOptions;
  readonly #random: Random;
  dropped = 0;
  received = 0;
  receivedBytes = 0;
  tcpBytes = 0;
  #busyUntil: Micros = 0;
  #readingUntil: Micros = 0;
  readonly #feedback: Feedback[] = [];
  #tcp = { window: 10, inFlight: 0, slowStart: true, recoveryUntil: 0, acks: [] as { at: Micros; isLost: boolean }[] };

  constructor(options: PathOptions, seed: number) {
    this.options = options;
    this.#random = new Random(seed);
  }

  /** Puts a frame into the queue; returns when it has left it. Undefined: there was no room. */
  #enqueue(now: Micros, bytes: number): Micros | undefined {
    const rate = this.options.bitsPerSecondAt?.(now) ?? this.options.bitsPerSecond;
    const waiting = (Math.max(0, this.#busyUntil - now) * rate) / 8e6;
    if (waiting + bytes > (this.options.queueBytes ?? 262_144)) return undefined;
    this.#busyUntil = Math.max(this.#busyUntil, now) + (bytes * 8e6) / rate;
    return this.#busyUntil;
  }

  /** When a datagram that came then has been read. Undefined: the socket was full. */
  #read(arrived: Micros): Micros | undefined {
    const rate = this.options.readBitsPerSecondAt?.(arrived);
    // The receiver naps, and its system does not tell.
    if (rate === undefined) return arrived + this.#random.below(1000);
    const waiting = (Math.max(0, this.#readingUntil - arrived) * rate) / 8e6;
    if (waiting > (this.options.socketBytes ?? 4 * 1024 * 1024)) return undefined;
    this.#readingUntil = Math.max(this.#readingUntil, arrived) + (DATAGRAM_BYTES * 8e6) / rate;
    return this.#readingUntil;
  }

  send(now: Micros, probe: ProbeRecord | undefined): void {
    const out = this.#enqueue(now, DATAGRAM_BYTES + FRAMING_BYTES);
    const clock = out === undefined ? undefined : this.#read(out);
    if (out === undefined || clock === undefined) {
      this.dropped += 1;
      return;
    }
    if (this.#random.chance(this.options.lossRatio ?? 0)) return;
    this.received += 1;
    this.receivedBytes += DATAGRAM_BYTES;
    if (probe === undefined) return;
    const isSilent = this.options.isSilentAt?.(now) ?? false;
    const at = clock + (this.options.roundTripMicrosAt?.(now) ?? this.options.roundTripMicros ?? 200);
    const waited = this.options.readBitsPerSecondAt === undefined ? 0 : clock - out;
    if (!isSilent)
      this.#feedback.push({ at, probe, datagrams: this.received, bytes: this.receivedBytes, clock, waited });
  }

  runTcp(now: Micros): void {
    if (this.options.isTcpBeside !== true || now > (this.options.tcpEndsAt ?? Infinity)) return;
    const tcp = this.#tcp;
    while (tcp.acks.length > 0 && tcp.acks[0]!.at <= now) {
      const { at, isLost } = tcp.acks.shift()!;
      tcp.inFlight -= 1;
      if (!isLost) {
        this.tcpBytes += TCP_SEGMENT_BYTES;
        tcp.window += tcp.slowStart ? 1 : 0.53 / tcp.window;
      } else if (at >= tcp.recoveryUntil) {
        tcp.window = Math.max(2, tcp.window * 0.7);
        tcp.slowStart = false;
        tcp.recoveryUntil = at + Math.max(200, this.#busyUntil - now);
      }
    }
    while (tcp.inFlight < tcp.window) {
      const out = this.#enqueue(now, TCP_SEGMENT_BYTES);
      tcp.inFlight += 1;
      const lossAt = Math.max(this.#busyUntil, tcp.acks.at(-1)?.at ?? 0);
      tcp.acks.push({ at: out === undefined ? lossAt : out + 100, isLost: out === undefined });
    }
  }

  answer(now: Micros, rate: AutoRate): void {
    while (this.#feedback.length > 0 && this.#feedback[0]!.at <= now) {
      const { at, probe, datagrams, bytes, clock, waited } = this.#feedback.shift()!;
      rate.onReport(now, {
        nodeId: this.options.nodeId ?? 1,
        feedback: {
          ccSequence: probe.sequence,
          ccFlags: CC_FLAG.start,
          ccRttQuantized: 1,
          ccRateQuantized: quantizeRate(1e9),
          lossQuantized: 0,
        },
        reception: {
          datagramCount: datagrams,
          byteCount: bytes % 2 ** 32,
          clockMicros: (clock * 1.00002) % 2 ** 32,
          waitedMicros: waited,
        },
        roundTrip: Math.max(at, now) - probe.sentAt - waited,
      });
    }
  }
}

export interface Outcome {
  /** Datagrams per second that the receiver got, by second. */
  readonly bitsPerSecond: readonly number[];
  readonly sent: number;
  readonly dropped: number;
  readonly tcpBits: number;
  readonly rates: readonly number[];
}

/** Lets an automatic rate run over the paths, one receiver behind each, from this instant on. The figures are those of the first. */
export function runOver(rate: AutoRate, seconds: number, paths: readonly PathOptions[], from: Micros = 0): Outcome {
  const simulated = paths.map((options, index) => new SimulatedPath({ nodeId: index + 1, ...options }, index + 1));
  for (const path of simulated) {
    for (let now = from - (path.options.tcpLeadMicros ?? 0); now < from; now += TICK_MICROS) path.runTcp(now);
  }
  const [first] = simulated;
  if (first === undefined) throw new RangeError('no path');
  // Whoever always came last in a tick would have all the losses.
  const order = new Random(1);
  let budget = 0;
  let sent = 0;
  let sequence = 0;
  let nextProbeAt = from;
  const bitsPerSecond: number[] = [];
  const rates: number[] = [];
  let bytesBefore = 0;
  for (let now = from; now < from + seconds * 1e6; now += TICK_MICROS) {
    for (const path of simulated) path.answer(now, rate);
    const isTcpFirst = order.chance(0.5);
    if (isTcpFirst) for (const path of simulated) path.runTcp(now);
    budget = Math.min(budget + (rate.bytesPerSecond * TICK_MICROS) / 1e6, 160 * 1024);
    for (; budget >= DATAGRAM_BYTES; budget -= DATAGRAM_BYTES) {
      sent += 1;
      let probe: ProbeRecord | undefined;
      if (now >= nextProbeAt) {
        sequence = (sequence + 1) & 0xffff;
        probe = { sequence, sentAt: now, datagramCount: sent, byteCount: sent * DATAGRAM_BYTES };
        rate.onProbe(probe, 1000);
        nextProbeAt = now + rate.probeIntervalMicros;
      }
      for (const path of simulated) path.send(now, probe);
    }
    if (!isTcpFirst) for (const path of simulated) path.runTcp(now);
    if ((now + TICK_MICROS) % 1e6 === 0) {
      bitsPerSecond.push(((first.receivedBytes - bytesBefore) / DATAGRAM_BYTES) * (DATAGRAM_BYTES + FRAMING_BYTES) * 8);
      bytesBefore = first.receivedBytes;
      rates.push(rate.bytesPerSecond);
    }
  }
  return { bitsPerSecond, sent, dropped: first.dropped, tcpBits: first.tcpBytes * 8, rates };
}
