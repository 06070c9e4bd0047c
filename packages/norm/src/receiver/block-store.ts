import type { FecCodec } from '../fec/fec-codec.ts';
import { BlockSlot } from '../object/block-slot.ts';
import { SymbolBits } from '../object/symbol-bits.ts';
import { ParityShelter } from './parity-shelter.ts';

/** Whose block it is: it is asked to give the buffer back when another needs it more. */
interface BlockOwner {
  /** Writes the block's source symbols to the sink, its repair symbols to the shelter, and closes it. */
  evict(opened: OpenBlock): void;
}

/** An incomplete block in memory. */
export class OpenBlock {
  readonly slot: BlockSlot;
  /** Symbols that are in the slot. */
  readonly have = new SymbolBits();
  /** Source symbols in the slot that are not in the sink yet. */
  readonly unwritten = new SymbolBits();
  owner: BlockOwner | undefined;
  block = -1;

  constructor(slot: BlockSlot) {
    this.slot = slot;
  }
}

/**
 * The block buffers of one codec, shared by all objects that use it. When they are used up, the block that has been open
 * longest writes its source symbols to the sink, leaves its repair symbols in the shelter and gives its buffer to the next:
 * memory is bounded, and nothing that came is lost as long as the shelter has room.
 */
export class BlockStore {
  readonly codec: FecCodec;
  readonly shelter: ParityShelter;
  /** In the order in which they were opened. */
  readonly #open = new Set<OpenBlock>();
  readonly #free: OpenBlock[] = [];
  /** How many objects use it. */
  userCount = 0;

  /** @param shelteredSymbolsMax repair symbols to keep of blocks without a buffer */
  constructor(codec: FecCodec, shelteredSymbolsMax: number) {
    this.codec = codec;
    this.shelter = new ParityShelter(codec.symbolSize, shelteredSymbolsMax);
  }

  open(owner: BlockOwner, block: number): OpenBlock {
    const opened = this.#free.pop() ?? this.#take() ?? this.#evict();
    opened.owner = owner;
    opened.block = block;
    opened.have.clear();
    opened.unwritten.clear();
    this.#open.add(opened);
    return opened;
  }

  close(opened: OpenBlock): void {
    this.#open.delete(opened);
    opened.owner = undefined;
    this.#free.push(opened);
  }

  #take(): OpenBlock | undefined {
    const bytes = this.codec.takeBlock();
    return bytes === undefined ? undefined : new OpenBlock(new BlockSlot(bytes, this.codec.symbolSize));
  }

  #evict(): OpenBlock {
    const [oldest] = this.#open;
    if (oldest === undefined) throw new Error('a codec has at least one block buffer');
    oldest.owner?.evict(oldest);
    const evicted = this.#free.pop();
    if (evicted === undefined) throw new Error('an evicted block gives its buffer back');
    return evicted;
  }
}
