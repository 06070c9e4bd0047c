import { DATAGRAM_SIZE_MAX_BYTES } from '../limits.ts';
import { createMacKernel } from './create-mac-kernel.ts';
import { MAC_KEY_SIZE, MAC_TAG_SIZE, type MacKernelName } from './mac-kernel.ts';

/** Who speaks to whom: in the input of the MAC, so that nothing said one way can be said the other. */
export const DIRECTION = { senderToGroup: 1, receiverToSender: 2, keyDerivation: 3 } as const;
export type Direction = (typeof DIRECTION)[keyof typeof DIRECTION];

/** Direction (4 bytes) and extended sequence (8 bytes), before the datagram's own. */
const PREFIX_SIZE = 12;
const NOTHING = new Uint8Array(MAC_TAG_SIZE);

/**
 * The MAC of datagrams: over the direction, the extended sequence, and the whole datagram with zeros where its MAC is.
 *
 * A datagram is put in once and may then be judged under several keys and sequences.
 */
export class DatagramMac {
  readonly #kernel;
  readonly #input: DataView;
  readonly #output: DataView;
  #inputSize = PREFIX_SIZE;

  constructor(kernelName?: MacKernelName) {
    this.#kernel = createMacKernel(PREFIX_SIZE + DATAGRAM_SIZE_MAX_BYTES, kernelName);
    const { message, tag } = this.#kernel;
    this.#input = new DataView(message.buffer, message.byteOffset, message.length);
    this.#output = new DataView(tag.buffer, tag.byteOffset, tag.length);
  }

  /** @param macOffset where in the datagram its MAC lies */
  put(datagram: Uint8Array, macOffset: number): void {
    const { message } = this.#kernel;
    message.set(datagram, PREFIX_SIZE);
    message.set(NOTHING, PREFIX_SIZE + macOffset);
    this.#inputSize = PREFIX_SIZE + datagram.length;
  }

  /** The MAC of the datagram that was put in last. Valid until the next call. */
  compute(key: Uint8Array, direction: Direction, extendedSequence: number): Uint8Array {
    this.#kernel.key.set(key);
    this.#input.setUint32(0, direction);
    this.#input.setUint32(4, Math.floor(extendedSequence / 0x1_0000_0000));
    this.#input.setUint32(8, extendedSequence % 0x1_0000_0000);
    this.#kernel.compute(this.#inputSize);
    return this.#kernel.tag;
  }

  /** Whether the MAC at `macAt` is that of the datagram that was put in last. Takes the same time wherever they differ. */
  matches(key: Uint8Array, direction: Direction, extendedSequence: number, view: DataView, macAt: number): boolean {
    this.compute(key, direction, extendedSequence);
    const output = this.#output;
    return (
      ((output.getInt32(0) ^ view.getInt32(macAt)) |
        (output.getInt32(4) ^ view.getInt32(macAt + 4)) |
        (output.getInt32(8) ^ view.getInt32(macAt + 8)) |
        (output.getInt32(12) ^ view.getInt32(macAt + 12))) ===
      0
    );
  }

  /** The key under which this node sends its feedback: the same function, of the node's id under the session's secret. */
  deriveFeedbackKey(secret: Uint8Array, nodeId: number): Uint8Array {
    this.#inputSize = PREFIX_SIZE;
    return this.compute(secret, DIRECTION.keyDerivation, nodeId);
  }
}

/** A device's key, for whoever hands it out. It says nothing of the secret, nor of other nodes' keys. */
export function feedbackKeyOf(secret: Uint8Array, nodeId: number): Uint8Array {
  return new DatagramMac('javascript').deriveFeedbackKey(secret, nodeId).slice();
}

export function isMacKey(key: Uint8Array): boolean {
  return key.length === MAC_KEY_SIZE;
}
