import { DATAGRAM_SIZE_MAX_BYTES } from '../limits.ts';
import { createMacKernel } from './create-mac-kernel.ts';
import {
  MAC_KEY_SIZE,
  MAC_TAG_SIZE,
  NH_CHUNK_SIZE,
  NH_GROUP_SIZE,
  NH_KEY_SIZE,
  NH_RESULT_SIZE,
  type MacKernelName,
} from './mac-kernel.ts';

/** Who speaks to whom: in the input of the MAC, so that nothing said one way can be said the other. */
export const DIRECTION = { senderToGroup: 1, receiverToSender: 2, keyDerivation: 3, nhKeyDerivation: 4 } as const;
export type Direction = (typeof DIRECTION)[keyof typeof DIRECTION];

/** Direction (4 bytes) and extended sequence (8 bytes), before all else. */
const PREFIX_SIZE = 12;
/** Of a message that is hashed before, its length comes next. */
const HASHED_PREFIX_SIZE = PREFIX_SIZE + 4;
const RESULTS_SIZE_MAX = NH_RESULT_SIZE * Math.ceil(DATAGRAM_SIZE_MAX_BYTES / NH_CHUNK_SIZE);
/** Where a datagram lies in the kernel's memory: behind what is made of its hash, and room for its own prefix. */
const DATAGRAM_AT = 64 * Math.ceil((HASHED_PREFIX_SIZE + RESULTS_SIZE_MAX + PREFIX_SIZE) / 64);
const ZEROS = new Uint8Array(NH_GROUP_SIZE);
const NO_MAC = ZEROS.subarray(0, MAC_TAG_SIZE);

/**
 * The MAC of datagrams: over the direction, the extended sequence, and the whole datagram with zeros where its MAC is. A
 * sender's are long and many, and made under one key: they are hashed by NH first, under a key that is derived from it.
 *
 * A datagram is put in once and may then be judged under several keys and sequences.
 */
export class DatagramMac {
  readonly #kernel;
  readonly #memory: DataView;
  readonly #output: DataView;
  #length = 0;
  /** Whose derived key is the kernel's. */
  #nhKeyOf: Uint8Array | undefined;
  /** Where the datagram's hash under it ends; 0: it is not there. */
  #resultsEnd = 0;

  constructor(kernelName?: MacKernelName) {
    this.#kernel = createMacKernel(DATAGRAM_AT + DATAGRAM_SIZE_MAX_BYTES + NH_GROUP_SIZE, kernelName);
    const { memory, tag } = this.#kernel;
    this.#memory = new DataView(memory.buffer, memory.byteOffset, memory.length);
    this.#output = new DataView(tag.buffer, tag.byteOffset, tag.length);
  }

  /** @param macOffset where in the datagram its MAC lies */
  put(datagram: Uint8Array, macOffset: number): void {
    const { memory } = this.#kernel;
    memory.set(datagram, DATAGRAM_AT);
    memory.set(NO_MAC, DATAGRAM_AT + macOffset);
    memory.set(ZEROS, DATAGRAM_AT + datagram.length);
    this.#length = datagram.length;
    this.#resultsEnd = 0;
  }

  /** The MAC of the datagram that was put in last. Valid until the next call. `key` is not to be changed afterwards. */
  compute(key: Uint8Array, direction: Direction, extendedSequence: number): Uint8Array {
    if (direction === DIRECTION.senderToGroup) this.#computeHashed(key, extendedSequence);
    else this.#compute(key, direction, extendedSequence, DATAGRAM_AT - PREFIX_SIZE, PREFIX_SIZE + this.#length);
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
    this.#compute(secret, DIRECTION.keyDerivation, nodeId, 0, PREFIX_SIZE);
    return this.#kernel.tag;
  }

  #computeHashed(key: Uint8Array, extendedSequence: number): void {
    if (this.#nhKeyOf !== key) this.#deriveNhKey(key);
    if (this.#resultsEnd === 0) {
      this.#resultsEnd = this.#kernel.nh(DATAGRAM_AT, this.#length, HASHED_PREFIX_SIZE);
      this.#memory.setUint32(PREFIX_SIZE, this.#length);
    }
    this.#compute(key, DIRECTION.senderToGroup, extendedSequence, 0, this.#resultsEnd);
  }

  #deriveNhKey(key: Uint8Array): void {
    const { nhKey, tag } = this.#kernel;
    for (let at = 0; at < NH_KEY_SIZE; at += MAC_TAG_SIZE) {
      this.#compute(key, DIRECTION.nhKeyDerivation, at / MAC_TAG_SIZE, 0, PREFIX_SIZE);
      nhKey.set(tag, at);
    }
    this.#nhKeyOf = key;
    this.#resultsEnd = 0;
  }

  #compute(key: Uint8Array, direction: Direction, extendedSequence: number, at: number, length: number): void {
    this.#kernel.key.set(key);
    this.#memory.setUint32(at, direction);
    this.#memory.setUint32(at + 4, Math.floor(extendedSequence / 0x1_0000_0000));
    this.#memory.setUint32(at + 8, extendedSequence % 0x1_0000_0000);
    this.#kernel.sipHash(at, length);
  }
}

/** A device's key, for whoever hands it out. It says nothing of the secret, nor of other nodes' keys. */
export function feedbackKeyOf(secret: Uint8Array, nodeId: number): Uint8Array {
  return new DatagramMac('javascript').deriveFeedbackKey(secret, nodeId).slice();
}

export function isMacKey(key: Uint8Array): boolean {
  return key.length === MAC_KEY_SIZE;
}
