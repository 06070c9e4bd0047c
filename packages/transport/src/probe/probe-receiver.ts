/** A device's side of one path of a probe: counts what it hears, and answers now and then, to where the datagram came from. */
import type { SessionNetwork } from '../session/session-config.ts';
import { encodeProbe, isProbeAuthentic, readProbe } from './probe-datagram.ts';
import { ProbeSocket } from './probe-socket.ts';
import { type ProbeHeard, ProbeTally, type ProbeTallyLimits } from './probe-tally.ts';

export interface ProbeReceiverOptions {
  readonly network: SessionNetwork;
  readonly limits: ProbeTallyLimits;
  readonly key: Uint8Array;
  readonly answerKey: Uint8Array;
  /** The device's. */
  readonly number: number;
}

export class ProbeReceiver {
  readonly #tally: ProbeTally;
  readonly #socket: ProbeSocket;

  static async open(options: ProbeReceiverOptions): Promise<ProbeReceiver> {
    const { network, key, answerKey, number, limits } = options;
    const tally = new ProbeTally(limits, performance.now());
    const socket: ProbeSocket = await ProbeSocket.open({ ...network, role: 'receiver' }, (bytes, peer) => {
      const read = readProbe(bytes);
      if (read?.kind !== 'probe' || read.path !== network.mode || !isProbeAuthentic(bytes, key)) return;
      if (!tally.note(read, performance.now())) return;
      // Shorter than any probe: who makes a device answer gains nothing.
      socket.send(encodeProbe({ ...read, kind: 'answer', number }, 0, answerKey), peer);
    });
    return new ProbeReceiver(tally, socket);
  }

  private constructor(tally: ProbeTally, socket: ProbeSocket) {
    this.#tally = tally;
    this.#socket = socket;
  }

  get trouble(): string | undefined {
    return this.#socket.trouble;
  }

  heard(): ProbeHeard {
    return this.#tally.heard(performance.now());
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}
