import {
  MAC_KEY_SIZE,
  MAC_TAG_SIZE,
  NH_CHUNK_SIZE,
  NH_GROUP_SIZE,
  NH_KEY_SIZE,
  NH_RESULT_SIZE,
  type MacKernel,
} from './mac-kernel.ts';

/**
 * The kernel for engines without WebAssembly or its vectors, and the plain statement of what the other one must compute.
 * Each of SipHash's four words of state, v0 to v3, is a pair of 32-bit halves.
 */
export class JavascriptMacKernel implements MacKernel {
  readonly name = 'javascript';
  readonly key = new Uint8Array(MAC_KEY_SIZE);
  readonly nhKey = new Uint8Array(NH_KEY_SIZE);
  readonly tag = new Uint8Array(MAC_TAG_SIZE);
  readonly memory: Uint8Array;
  readonly #key = new DataView(this.key.buffer);
  readonly #nhKey = new DataView(this.nhKey.buffer);
  readonly #tag = new DataView(this.tag.buffer);
  readonly #memory: DataView;
  #v0Low = 0;
  #v0High = 0;
  #v1Low = 0;
  #v1High = 0;
  #v2Low = 0;
  #v2High = 0;
  #v3Low = 0;
  #v3High = 0;

  constructor(memorySize: number) {
    this.memory = new Uint8Array(memorySize + NH_GROUP_SIZE);
    this.#memory = new DataView(this.memory.buffer);
  }

  nh(at: number, length: number, resultAt: number): number {
    const end = at + length;
    for (let chunk = at; chunk < end; chunk += NH_CHUNK_SIZE, resultAt += NH_RESULT_SIZE) {
      const chunkEnd = Math.min(end, chunk + NH_CHUNK_SIZE);
      this.#nhOfChunk(chunk, chunkEnd, 0, resultAt);
      this.#nhOfChunk(chunk, chunkEnd, 16, resultAt + 8);
    }
    return resultAt;
  }

  /** Adds up the low halves of the products and the high ones by themselves: the 128 of a chunk stay exact. */
  #nhOfChunk(at: number, end: number, keyAt: number, resultAt: number): void {
    let low = 0;
    let high = 0;
    for (; at < end; at += NH_GROUP_SIZE, keyAt += NH_GROUP_SIZE) {
      for (let word = 0; word < 16; word += 4) {
        const left = (this.#memory.getInt32(at + word, true) + this.#nhKey.getInt32(keyAt + word, true)) >>> 0;
        const right =
          (this.#memory.getInt32(at + word + 16, true) + this.#nhKey.getInt32(keyAt + word + 16, true)) >>> 0;
        const lowByRight = (left & 0xffff) * right;
        const middle = (left >>> 16) * right + Math.floor(lowByRight / 0x1_0000);
        low += Math.imul(left, right) >>> 0;
        high += Math.floor(middle / 0x1_0000);
      }
    }
    this.#memory.setUint32(resultAt, low % 0x1_0000_0000, true);
    this.#memory.setUint32(resultAt + 4, (high + Math.floor(low / 0x1_0000_0000)) % 0x1_0000_0000, true);
  }

  sipHash(start: number, length: number): void {
    this.#begin();
    const end = start + length;
    const wordsEnd = end - (length & 7);
    for (let at = start; at < wordsEnd; at += 8) {
      this.#takeWord(this.#memory.getInt32(at, true), this.#memory.getInt32(at + 4, true));
    }
    let low = 0;
    let high = length << 24;
    for (let at = wordsEnd; at < end; at += 1) {
      const shift = (at - wordsEnd) * 8;
      if (shift < 32) low |= this.memory[at]! << shift;
      else high |= this.memory[at]! << (shift - 32);
    }
    this.#takeWord(low, high);
    this.#v2Low ^= 0xee;
    this.#finish(0);
    this.#v1Low ^= 0xdd;
    this.#finish(8);
  }

  #begin(): void {
    const k0Low = this.#key.getInt32(0, true);
    const k0High = this.#key.getInt32(4, true);
    const k1Low = this.#key.getInt32(8, true);
    const k1High = this.#key.getInt32(12, true);
    this.#v0Low = k0Low ^ 0x70736575;
    this.#v0High = k0High ^ 0x736f6d65;
    this.#v1Low = k1Low ^ 0x6e646f6d ^ 0xee;
    this.#v1High = k1High ^ 0x646f7261;
    this.#v2Low = k0Low ^ 0x6e657261;
    this.#v2High = k0High ^ 0x6c796765;
    this.#v3Low = k1Low ^ 0x79746573;
    this.#v3High = k1High ^ 0x74656462;
  }

  #takeWord(low: number, high: number): void {
    this.#v3Low ^= low;
    this.#v3High ^= high;
    this.#rounds(2);
    this.#v0Low ^= low;
    this.#v0High ^= high;
  }

  #finish(at: number): void {
    this.#rounds(4);
    this.#tag.setInt32(at, this.#v0Low ^ this.#v1Low ^ this.#v2Low ^ this.#v3Low, true);
    this.#tag.setInt32(at + 4, this.#v0High ^ this.#v1High ^ this.#v2High ^ this.#v3High, true);
  }

  #rounds(count: number): void {
    let v0Low = this.#v0Low;
    let v0High = this.#v0High;
    let v1Low = this.#v1Low;
    let v1High = this.#v1High;
    let v2Low = this.#v2Low;
    let v2High = this.#v2High;
    let v3Low = this.#v3Low;
    let v3High = this.#v3High;
    let low: number;
    for (let round = 0; round < count; round += 1) {
      // v0 += v1; v1 = rotl(v1, 13) ^ v0; v0 = rotl(v0, 32)
      low = (v0Low >>> 0) + (v1Low >>> 0);
      v0High = (v0High + v1High + (low > 0xffffffff ? 1 : 0)) | 0;
      v0Low = low | 0;
      low = (v1Low << 13) | (v1High >>> 19);
      v1High = ((v1High << 13) | (v1Low >>> 19)) ^ v0High;
      v1Low = low ^ v0Low;
      low = v0Low;
      v0Low = v0High;
      v0High = low;
      // v2 += v3; v3 = rotl(v3, 16) ^ v2
      low = (v2Low >>> 0) + (v3Low >>> 0);
      v2High = (v2High + v3High + (low > 0xffffffff ? 1 : 0)) | 0;
      v2Low = low | 0;
      low = (v3Low << 16) | (v3High >>> 16);
      v3High = ((v3High << 16) | (v3Low >>> 16)) ^ v2High;
      v3Low = low ^ v2Low;
      // v0 += v3; v3 = rotl(v3, 21) ^ v0
      low = (v0Low >>> 0) + (v3Low >>> 0);
      v0High = (v0High + v3High + (low > 0xffffffff ? 1 : 0)) | 0;
      v0Low = low | 0;
      low = (v3Low << 21) | (v3High >>> 11);
      v3High = ((v3High << 21) | (v3Low >>> 11)) ^ v0High;
      v3Low = low ^ v0Low;
      // v2 += v1; v1 = rotl(v1, 17) ^ v2; v2 = rotl(v2, 32)
      low = (v2Low >>> 0) + (v1Low >>> 0);
      v2High = (v2High + v1High + (low > 0xffffffff ? 1 : 0)) | 0;
      v2Low = low | 0;
      low = (v1Low << 17) | (v1High >>> 15);
      v1High = ((v1High << 17) | (v1Low >>> 15)) ^ v2High;
      v1Low = low ^ v2Low;
      low = v2Low;
      v2Low = v2High;
      v2High = low;
    }
    this.#v0Low = v0Low;
    this.#v0High = v0High;
    this.#v1Low = v1Low;
    this.#v1High = v1High;
    this.#v2Low = v2Low;
    this.#v2High = v2High;
    this.#v3Low = v3Low;
    this.#v3High = v3High;
  }
}
