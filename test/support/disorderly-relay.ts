import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { once } from 'node:events';
import { Random } from '@rollcall/norm';

/** So many datagrams wait, and leave in any order. */
const HELD_COUNT = 16;
const HELD_MILLIS_MAX = 5;

export interface Group {
  readonly address: string;
  readonly port: number;
}

/**
 * A network between two groups of the loopback that brings datagrams out of order, and some of them twice. What receivers
 * answer goes back to the sender.
 */
export class DisorderlyRelay {
  reorderedCount = 0;
  repeatedCount = 0;
  readonly #ear: Socket;
  readonly #mouth: Socket;
  readonly #target: Group;
  readonly #random: Random;
  readonly #held: { readonly bytes: Buffer; readonly number: number }[] = [];
  #sender: RemoteInfo | undefined;
  #number = 0;
  #lastNumber = -1;
  #timer: NodeJS.Timeout | undefined;

  private constructor(ear: Socket, mouth: Socket, target: Group, seed: number) {
    this.#ear = ear;
    this.#mouth = mouth;
    this.#target = target;
    this.#random = new Random(seed);
    ear.on('message', (bytes, sender) => {
      this.#sender = sender;
      this.#take(bytes);
    });
    mouth.on('message', (bytes) => {
      if (this.#sender !== undefined) ear.send(bytes, this.#sender.port, this.#sender.address);
    });
  }

  static async open(source: Group, target: Group, seed: number): Promise<DisorderlyRelay> {
    const ear = createSocket({ type: 'udp4', reuseAddr: true, recvBufferSize: 4 * 1024 * 1024 });
    ear.bind(source.port, source.address);
    await once(ear, 'listening');
    ear.addMembership(source.address, '127.0.0.1');
    const mouth = createSocket('udp4').bind(0, '127.0.0.1');
    await once(mouth, 'listening');
    mouth.setMulticastInterface('127.0.0.1');
    return new DisorderlyRelay(ear, mouth, target, seed);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#ear.close();
    this.#mouth.close();
  }

  #take(bytes: Buffer): void {
    const number = this.#number++;
    this.#held.push({ bytes, number });
    if (this.#random.chance(0.1)) {
      this.#held.push({ bytes, number });
      this.repeatedCount += 1;
    }
    while (this.#held.length > HELD_COUNT) this.#letGo();
    // Nothing waits for ever: the last of a burst leaves as well.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      while (this.#held.length > 0) this.#letGo();
    }, HELD_MILLIS_MAX);
  }

  #letGo(): void {
    const [chosen] = this.#held.splice(this.#random.below(this.#held.length), 1);
    if (chosen === undefined) return;
    if (chosen.number < this.#lastNumber) this.reorderedCount += 1;
    this.#lastNumber = chosen.number;
    this.#mouth.send(chosen.bytes, this.#target.port, this.#target.address);
  }
}
