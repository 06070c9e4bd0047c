import type { ObjectPosition } from '../wire/object-position.ts';
import { REPAIR_FLAG, type RepairRequest } from '../wire/repair-request.ts';
import { SymbolBits } from './symbol-bits.ts';

/** Who wants to know what repair requests ask for, whatever form they have on the wire. */
export interface RepairDemandReader {
  info(firstToi: number, lastToi: number): void;
  /** Whole objects, both included. */
  objects(firstToi: number, lastToi: number): void;
  /** Whole blocks, both included; not bounded by what the object has. */
  blocks(toi: number, firstBlock: number, lastBlock: number): void;
  /** Symbols of one block. `symbols` is valid only during the call. */
  symbols(toi: number, block: number, symbols: SymbolBits): void;
  /** So many symbols of one block, no matter which. */
  erasures(toi: number, block: number, count: number): void;
}

const LARGEST_SYMBOL = 254;

/**
 * Tells `reader` what the requests ask for. Symbols of one block that follow each other, even over several items and
 * requests, are told as one set: their number is what the block lacks. Runs that make no sense are skipped.
 */
export function readRepairDemand(requests: readonly RepairRequest[], reader: RepairDemandReader): void {
  const gathering = new BlockGathering(reader);
  for (const request of requests) {
    if (request.form === 'erasures') {
      gathering.flush();
      for (const { toi, sourceBlockNumber, encodingSymbolId } of request.erasures) {
        if ((request.flags & REPAIR_FLAG.segment) !== 0) reader.erasures(toi, sourceBlockNumber, encodingSymbolId);
      }
    } else if (request.form === 'items') {
      for (const item of request.items) readRun(request.flags, item, item, gathering);
    } else {
      for (const { first, last } of request.ranges) readRun(request.flags, first, last, gathering);
    }
  }
  gathering.flush();
}

function readRun(flags: number, first: ObjectPosition, last: ObjectPosition, gathering: BlockGathering): void {
  const { reader } = gathering;
  if ((flags & REPAIR_FLAG.info) !== 0) {
    gathering.flush();
    reader.info(first.toi, last.toi);
  }
  if ((flags & REPAIR_FLAG.object) !== 0) {
    gathering.flush();
    reader.objects(first.toi, last.toi);
  } else if (first.toi !== last.toi || first.sourceBlockNumber > last.sourceBlockNumber) {
    return;
  } else if ((flags & REPAIR_FLAG.block) !== 0) {
    gathering.flush();
    reader.blocks(first.toi, first.sourceBlockNumber, last.sourceBlockNumber);
  } else if ((flags & REPAIR_FLAG.segment) !== 0 && first.sourceBlockNumber === last.sourceBlockNumber) {
    const lastSymbol = Math.min(last.encodingSymbolId, LARGEST_SYMBOL);
    gathering.add(first.toi, first.sourceBlockNumber, first.encodingSymbolId, lastSymbol);
  }
}

/** Symbols of the block that is being read. */
class BlockGathering {
  readonly reader: RepairDemandReader;
  readonly #symbols = new SymbolBits();
  #toi = 0;
  #block = 0;
  #isOpen = false;

  constructor(reader: RepairDemandReader) {
    this.reader = reader;
  }

  add(toi: number, block: number, first: number, last: number): void {
    if (this.#isOpen && (toi !== this.#toi || block !== this.#block)) this.flush();
    this.#toi = toi;
    this.#block = block;
    this.#isOpen = true;
    this.#symbols.addRun(first, last);
  }

  flush(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (!this.#symbols.isEmpty) this.reader.symbols(this.#toi, this.#block, this.#symbols);
    this.#symbols.clear();
  }
}
