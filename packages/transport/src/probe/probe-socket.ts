/**
 * The socket of a probe: opened like a session's, so that a probe meets what a session would. Datagrams of a probe are few,
 * and heard on the main thread.
 */
import { DatagramBatch } from '@rollcall/norm';
import { DATAGRAM_SIZE_MAX_RECEIVED_BYTES, PROBE_HEARD_PER_SECOND_MAX } from '../limits.ts';
import { openUdpSocket } from '../udp/open-udp-socket.ts';
import type { UdpSocket, UdpSocketOptions } from '../udp/udp-socket.ts';

export type OnProbeDatagram = (bytes: Uint8Array, peer: number) => void;

export class ProbeSocket {
  readonly #socket: UdpSocket;
  readonly #onDatagram: OnProbeDatagram;
  readonly #out = new DatagramBatch(1, DATAGRAM_SIZE_MAX_RECEIVED_BYTES);
  readonly #in = new DatagramBatch(BATCH_DATAGRAMS, DATAGRAM_SIZE_MAX_RECEIVED_BYTES);
  readonly #listening: Promise<void>;
  #isClosed = false;
  #failure: string | undefined;
  #heardSecond = 0;
  #heardCount = 0;

  static async open(options: UdpSocketOptions, onDatagram: OnProbeDatagram): Promise<ProbeSocket> {
    return new ProbeSocket(await openUdpSocket({ ...options, implementation: 'portable' }), onDatagram);
  }

  private constructor(socket: UdpSocket, onDatagram: OnProbeDatagram) {
    this.#socket = socket;
    this.#onDatagram = onDatagram;
    this.#listening = this.#listen();
  }

  get localPort(): number {
    return this.#socket.localPort;
  }

  /** Why nothing goes out or comes in. */
  get trouble(): string | undefined {
    return this.#failure ?? this.#socket.trouble;
  }

  /** @param peer 0: the group */
  send(bytes: Uint8Array, peer = 0): void {
    this.#out.clear();
    this.#out.bytes.set(bytes, this.#out.end);
    this.#out.append(bytes.length, peer);
    // What the kernel has no room for is lost, as it would be in a session.
    this.#socket.send(this.#out, 0);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#socket.close();
    await this.#listening;
  }

  async #listen(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#socket.wait(WAIT_MICROS);
        if (this.#isClosed) return;
        do {
          this.#socket.receive(this.#in);
          for (let index = 0; index < this.#in.count; index += 1) this.#take(index);
        } while (this.#socket.hasMore);
      } catch (error) {
        this.#failure = error instanceof Error ? error.message : String(error);
        return;
      }
    }
  }

  /** Each costs a digest: a stranger who floods the port gets no more of them than a probe has. */
  #take(index: number): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#heardSecond) {
      this.#heardSecond = second;
      this.#heardCount = 0;
    }
    this.#heardCount += 1;
    if (this.#heardCount > PROBE_HEARD_PER_SECOND_MAX) return;
    const offset = this.#in.offsets[index] ?? 0;
    this.#onDatagram(
      this.#in.bytes.subarray(offset, offset + (this.#in.lengths[index] ?? 0)),
      this.#in.peers[index] ?? 0,
    );
  }
}

const BATCH_DATAGRAMS = 64;
const WAIT_MICROS = 100_000;
