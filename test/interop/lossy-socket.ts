import { Random } from '@rollcall/norm';
import type { DatagramBatch } from '@rollcall/norm';
import type { Endpoint, UdpSocket, UdpSocketCounts } from '@rollcall/transport';
import type { CapturedDatagram } from './pcap.ts';

/** The longest wait of this thread in the kernel, in which the messages of libnorm's process wait as well. */
const BLOCKING_MICROS_MAX = 1000;

/** A socket that loses some of what arrives, each datagram on its own, and notes what really passed by. */
export class LossySocket implements UdpSocket {
  readonly captured: CapturedDatagram[] = [];
  lostCount = 0;
  readonly #socket: UdpSocket;
  readonly #group: Endpoint;
  readonly #lossFraction: number;
  readonly #isCapturing: boolean;
  readonly #random: Random;

  constructor(
    socket: UdpSocket,
    options: {
      readonly group: Endpoint;
      readonly lossFraction: number;
      readonly isCapturing: boolean;
      readonly seed: number;
    },
  ) {
    this.#socket = socket;
    this.#group = options.group;
    this.#lossFraction = options.lossFraction;
    this.#isCapturing = options.isCapturing;
    this.#random = new Random(options.seed);
  }

  get implementation(): UdpSocket['implementation'] {
    return this.#socket.implementation;
  }
  get localPort(): number {
    return this.#socket.localPort;
  }
  get warnings(): readonly string[] {
    return this.#socket.warnings;
  }
  get trouble(): string | undefined {
    return this.#socket.trouble;
  }
  get wakeDescriptor(): number | undefined {
    return this.#socket.wakeDescriptor;
  }

  get roomDatagrams(): number {
    return this.#socket.roomDatagrams;
  }
  get hasMore(): boolean {
    return this.#socket.hasMore;
  }

  receive(batch: DatagramBatch): number {
    const count = this.#socket.receive(batch);
    let kept = 0;
    for (let index = 0; index < count; index += 1) {
      if (this.#isCapturing) this.#captureReceived(batch, index);
      if (this.#random.chance(this.#lossFraction)) {
        this.lostCount += 1;
        continue;
      }
      batch.offsets[kept] = batch.offsets[index] ?? 0;
      batch.lengths[kept] = batch.lengths[index] ?? 0;
      batch.peers[kept] = batch.peers[index] ?? 0;
      kept += 1;
    }
    batch.count = kept;
    return kept;
  }

  keepPeers(batch: DatagramBatch): void {
    this.#socket.keepPeers(batch);
  }

  send(batch: DatagramBatch, first: number): number {
    const taken = this.#socket.send(batch, first);
    for (let index = first; this.#isCapturing && index < first + taken; index += 1) {
      const peer = batch.peers[index] ?? 0;
      const target = peer === 0 ? this.#group : this.#socket.address(peer);
      if (target !== undefined) this.#capture(batch, index, this.#local, target);
    }
    return taken;
  }

  /** Unlike in a thread of its own, a session does not keep this one to itself. */
  async wait(timeoutMicros: number, how?: { readonly forWrite?: boolean; readonly nap?: boolean }): Promise<void> {
    const isBlocking = this.#socket.implementation === 'native';
    await this.#socket.wait(isBlocking ? Math.min(timeoutMicros, BLOCKING_MICROS_MAX) : timeoutMicros, how);
    if (isBlocking) await new Promise((resolve) => setImmediate(resolve));
  }

  setBurstMax(bytes: number): void {
    this.#socket.setBurstMax(bytes);
  }

  checkInterface(): void {
    this.#socket.checkInterface();
  }

  counts(): UdpSocketCounts {
    return this.#socket.counts();
  }

  address(peer: number): Endpoint | undefined {
    return this.#socket.address(peer);
  }

  releaseDescriptors(): readonly number[] {
    return this.#socket.releaseDescriptors();
  }

  close(): void {
    this.#socket.close();
  }

  get #local(): Endpoint {
    return { address: '127.0.0.1', port: this.#socket.localPort };
  }

  #captureReceived(batch: DatagramBatch, index: number): void {
    const source = this.#socket.address(batch.peers[index] ?? 0);
    if (source !== undefined) this.#capture(batch, index, source, this.#local);
  }

  #capture(batch: DatagramBatch, index: number, source: Endpoint, target: Endpoint): void {
    const offset = batch.offsets[index] ?? 0;
    this.captured.push({
      micros: this.captured.length,
      source: { address: addressNumber(source.address), port: source.port },
      target: { address: addressNumber(target.address), port: target.port },
      payload: batch.bytes.slice(offset, offset + (batch.lengths[index] ?? 0)),
    });
  }
}

function addressNumber(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}
