import type { RepairDemandReader } from '../object/repair-demand.ts';
import { SymbolBits } from '../object/symbol-bits.ts';
import { OBJECTS_PER_SENDER_MAX, OVERHEARD_MAX_BLOCKS } from '../limits.ts';
import { RangeSet } from '../range-set.ts';
import { nextToi } from '../wire/serial.ts';

/**
 * What others have asked for since this receiver began to wait: it need not ask for that again. RFC 5401 §3.2.2.
 *
 * Remembers a bounded number of blocks. What it forgets is asked for twice, which costs a little and breaks nothing.
 */
export class OverheardRequests implements RepairDemandReader {
  readonly #infos = new Set<number>();
  readonly #objects = new Set<number>();
  readonly #blocks = new Map<number, RangeSet>();
  readonly #symbols = new Map<number, SymbolBits>();
  readonly #erasures = new Map<number, number>();

  info(firstToi: number, lastToi: number): void {
    addTois(this.#infos, firstToi, lastToi);
  }

  objects(firstToi: number, lastToi: number): void {
    addTois(this.#objects, firstToi, lastToi);
  }

  blocks(toi: number, firstBlock: number, lastBlock: number): void {
    let blocks = this.#blocks.get(toi);
    if (blocks === undefined) {
      if (this.#blocks.size >= OBJECTS_PER_SENDER_MAX) return;
      blocks = new RangeSet();
      this.#blocks.set(toi, blocks);
    }
    if (blocks.runCount < OVERHEARD_MAX_BLOCKS) blocks.add(firstBlock, lastBlock + 1);
  }

  symbols(toi: number, block: number, symbols: SymbolBits): void {
    const key = keyOf(toi, block);
    let known = this.#symbols.get(key);
    if (known === undefined) {
      if (this.#symbols.size >= OVERHEARD_MAX_BLOCKS) return;
      known = new SymbolBits();
      this.#symbols.set(key, known);
    }
    for (let index = 0; index < known.words.length; index += 1) known.words[index]! |= symbols.words[index]!;
  }

  erasures(toi: number, block: number, count: number): void {
    const key = keyOf(toi, block);
    if (this.#erasures.size >= OVERHEARD_MAX_BLOCKS && !this.#erasures.has(key)) return;
    this.#erasures.set(key, Math.max(count, this.#erasures.get(key) ?? 0));
  }

  get isEmpty(): boolean {
    return this.#infos.size + this.#objects.size + this.#blocks.size + this.#symbols.size + this.#erasures.size === 0;
  }

  clear(): void {
    if (this.isEmpty) return;
    this.#infos.clear();
    this.#objects.clear();
    this.#blocks.clear();
    this.#symbols.clear();
    this.#erasures.clear();
  }

  coversInfo(toi: number): boolean {
    return this.#infos.has(toi) || this.#objects.has(toi);
  }

  coversObject(toi: number): boolean {
    return this.#objects.has(toi);
  }

  coversBlock(toi: number, block: number): boolean {
    return this.#objects.has(toi) || this.#blocks.get(toi)?.covers(block, block + 1) === true;
  }

  /**
   * Whether what others asked of this block mends it here as well: the very symbols that are wanted, or, where only
   * repair symbols are asked for on both sides, as many of them, since any will do.
   */
  coversSymbols(toi: number, block: number, symbols: SymbolBits, sourceCount: number): boolean {
    if (this.coversBlock(toi, block)) return true;
    const key = keyOf(toi, block);
    if ((this.#erasures.get(key) ?? 0) >= symbols.count) return true;
    const known = this.#symbols.get(key);
    if (known === undefined) return false;
    if (symbols.isSubsetOf(known)) return true;
    return symbols.next(0) >= sourceCount && known.next(0) >= sourceCount && known.count >= symbols.count;
  }
}

function addTois(tois: Set<number>, firstToi: number, lastToi: number): void {
  let toi = firstToi;
  for (let count = 0; count < OBJECTS_PER_SENDER_MAX && tois.size < OBJECTS_PER_SENDER_MAX; count += 1) {
    tois.add(toi);
    if (toi === lastToi) return;
    toi = nextToi(toi);
  }
}

function keyOf(toi: number, block: number): number {
  return toi * 0x1_000_000 + block;
}
