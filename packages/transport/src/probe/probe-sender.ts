/** The server's side of one path of a probe on one interface: sends what it is told, and hears the answers. */
import type { SessionNetwork } from '../session/session-config.ts';
import { answerKeyOf, encodeProbe, isProbeAuthentic, readProbe } from './probe-datagram.ts';
import { ProbeSocket } from './probe-socket.ts';

export interface ProbeSenderOptions {
  readonly network: SessionNetwork;
  /** Bytes of UDP payload, in turns. */
  readonly sizes: readonly number[];
  readonly key: Uint8Array;
  readonly answerSecret: Uint8Array;
  readonly onAnswer: (number: number, sequence: number) => void;
}

export class ProbeSender {
  readonly #options: ProbeSenderOptions;
  readonly #socket: ProbeSocket;

  static async open(options: ProbeSenderOptions): Promise<ProbeSender> {
    const { network, answerSecret, onAnswer } = options;
    const socket = await ProbeSocket.open({ ...network, role: 'sender' }, (bytes) => {
      const read = readProbe(bytes);
      if (read?.kind !== 'answer' || read.path !== network.mode) return;
      if (isProbeAuthentic(bytes, answerKeyOf(answerSecret, read.number))) onAnswer(read.number, read.sequence);
    });
    return new ProbeSender(options, socket);
  }

  private constructor(options: ProbeSenderOptions, socket: ProbeSocket) {
    this.#options = options;
    this.#socket = socket;
  }

  /** Where answers go. */
  get localPort(): number {
    return this.#socket.localPort;
  }

  get trouble(): string | undefined {
    return this.#socket.trouble;
  }

  send(sequence: number): void {
    const { sizes, key, network } = this.#options;
    const sizeIndex = sequence % sizes.length;
    const probe = { kind: 'probe', path: network.mode, sizeIndex, number: 0, sequence } as const;
    this.#socket.send(encodeProbe(probe, sizes[sizeIndex] ?? 0, key));
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}
