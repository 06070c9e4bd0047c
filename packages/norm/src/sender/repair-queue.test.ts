import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SymbolBits } from '../object/symbol-bits.ts';
import { type BlockRepair, RepairQueue, type RequestTiming } from './repair-queue.ts';
import { SenderObject } from './sender-object.ts';

const AGGREGATION = 100;
const HOLD_OFF = 50;
const OTI = { transferLength: 640, encodingSymbolLength: 10, maximumSourceBlockLength: 16, repairSymbolCount: 8 };

function at(now: number, heardUntil?: number): RequestTiming {
  return { now, heardUntil, spareParity: 0, holdOff: HOLD_OFF };
}

function testObject(toi = 0): SenderObject {
  return new SenderObject(toi, { source: { size: 640, read: () => undefined } }, OTI);
}

function symbolsOf(...symbols: number[]): SymbolBits {
  const bits = new SymbolBits();
  for (const symbol of symbols) bits.add(symbol);
  return bits;
}

test('different losses at two receivers are mended by the worse need in fresh parity, not by their sum', () => {
  const queue = new RepairQueue();
  const object = testObject();
  assert.ok(queue.request(at(0), object, 1, symbolsOf(16, 17), 2));
  assert.ok(queue.request(at(10), object, 1, symbolsOf(16, 17, 18), 3));
  assert.ok(!queue.request(at(20), object, 1, symbolsOf(16, 17), 2));
  assert.equal(queue.next(99, AGGREGATION), undefined);
  const repair = queue.next(100, AGGREGATION);
  assert.deepEqual([repair?.parity, repair?.explicit.isEmpty], [3, true]);
});

test('what fresh parity cannot mend is answered by symbols that were named', () => {
  const queue = new RepairQueue();
  const object = testObject();
  object.paritySent[0] = 6;
  queue.request(at(0), object, 0, symbolsOf(3, 4, 9, 10), 4);
  const repair = queue.next(AGGREGATION, AGGREGATION);
  assert.equal(repair?.parity, 2);
  assert.deepEqual([repair.explicit.has(3), repair.explicit.has(4), repair.explicit.count], [true, true, 2]);
});

test('spare parity is added once to what is asked for, as long as there is any', () => {
  const queue = new RepairQueue();
  const object = testObject();
  const timing = { ...at(0), spareParity: 1 };
  queue.request(timing, object, 0, symbolsOf(16), 1);
  queue.request(timing, object, 0, symbolsOf(16, 17), 2);
  assert.equal(queue.next(0, 0)?.parity, 3);
  object.paritySent[1] = 7;
  const other = new RepairQueue();
  other.request(timing, object, 1, symbolsOf(23), 1);
  assert.equal(other.next(0, 0)?.parity, 1);
});

test('a block that is lacking entirely is sent again as it was', () => {
  const queue = new RepairQueue();
  const object = testObject();
  queue.request(at(0), object, 0, symbolsOf(16, 17), 2);
  queue.request(at(0), object, 0, symbolsOf(), 16);
  const repair = queue.next(AGGREGATION, AGGREGATION);
  assert.deepEqual([repair?.parity, repair?.explicit.count], [0, 16]);
});

/** Sends all that is pending, in one instant. Returns the blocks, in their order. */
function sendAll(queue: RepairQueue, now: number): number[] {
  const blocks: number[] = [];
  for (let repair = queue.next(now, 0); repair !== undefined; repair = queue.next(now, 0)) {
    blocks.push(repair.block);
    while (!sendOne(queue, now, repair));
  }
  return blocks;
}

/** As the transmitter does. Returns whether it was the last. */
function sendOne(queue: RepairQueue, now: number, repair: BlockRepair): boolean {
  const named = repair.nextNamed;
  if (named === undefined) {
    repair.parity -= 1;
    repair.object.takeParity(repair.block);
  } else {
    repair.explicit.delete(named);
  }
  return queue.onSent(now, repair, named);
}

test('a request that does not say how much its maker had heard counts as one hold-off old', () => {
  const queue = new RepairQueue();
  const object = testObject();
  queue.request(at(0), object, 0, symbolsOf(16), 1);
  sendAll(queue, AGGREGATION);
  assert.ok(queue.isEmpty);
  assert.ok(!queue.request(at(AGGREGATION + 49), object, 0, symbolsOf(16), 1));
  assert.ok(queue.request(at(AGGREGATION + 50), object, 0, symbolsOf(16), 1));
});

test('a request that was made before the repair had arrived is ignored however late it comes', () => {
  const queue = new RepairQueue();
  const object = testObject();
  queue.request(at(0), object, 0, symbolsOf(16), 1);
  sendAll(queue, 1000);
  assert.ok(!queue.request(at(9000, 999), object, 0, symbolsOf(16), 1));
  assert.ok(queue.request(at(9000, 1000), object, 0, symbolsOf(16), 1));
});

test('a request that comes late, and asks for more than was sent since, gets the difference', () => {
  const queue = new RepairQueue();
  const object = testObject();
  queue.request(at(0), object, 0, symbolsOf(16, 17), 2);
  sendAll(queue, 1000);
  assert.ok(queue.request(at(1500, 999), object, 0, symbolsOf(16, 17, 18, 19, 20), 5));
  assert.equal(queue.next(1500, 0)?.parity, 3);
});

test('a request that comes while its block is being repaired is not answered twice', () => {
  const queue = new RepairQueue();
  const object = testObject();
  queue.request(at(0), object, 0, symbolsOf(16, 17, 18), 3);
  const repair = queue.next(0, 0);
  assert.ok(repair !== undefined);
  sendOne(queue, 10, repair);
  sendOne(queue, 20, repair);
  assert.ok(!queue.request(at(25, 5), object, 0, symbolsOf(17, 18, 19), 3));
  assert.equal(repair.parity, 1);
  // This one had heard of the first of them, and needs three more.
  assert.ok(queue.request(at(25, 15), object, 0, symbolsOf(17, 18, 19), 3));
  assert.equal(repair.parity, 2);
});

test('named symbols that are on their way to who asks are not sent again, others are', () => {
  const queue = new RepairQueue();
  const object = testObject();
  object.paritySent[0] = 8;
  queue.request(at(0), object, 0, symbolsOf(3, 4), 2);
  const repair = queue.next(0, 0);
  assert.ok(repair !== undefined);
  sendOne(queue, 10, repair);
  assert.ok(!queue.request(at(15, 5), object, 0, symbolsOf(3), 1));
  assert.ok(queue.request(at(15, 5), object, 0, symbolsOf(3, 9), 2));
  assert.deepEqual([repair.explicit.has(3), repair.explicit.has(9)], [false, true]);
  assert.ok(queue.request(at(30, 12), object, 0, symbolsOf(3), 1));
});

test('a whole block that is asked for while it is being sent again is sent once', () => {
  const queue = new RepairQueue();
  const object = testObject();
  queue.request(at(0), object, 0, symbolsOf(), 16);
  const repair = queue.next(0, 0);
  assert.ok(repair !== undefined);
  for (let symbol = 0; symbol < 10; symbol += 1) sendOne(queue, 10, repair);
  assert.ok(!queue.request(at(15, 5), object, 0, symbolsOf(), 16));
  assert.equal(repair.explicit.count, 6);
});

test('blocks are repaired in the order in which they were first asked for', () => {
  const queue = new RepairQueue();
  const object = testObject();
  for (const block of [2, 0, 3]) queue.request(at(block), object, block, symbolsOf(16), 1);
  assert.deepEqual(sendAll(queue, 10), [2, 0, 3]);
});

test('a forgotten object is not repaired, and its id may mean another one', () => {
  const queue = new RepairQueue();
  const object = testObject();
  queue.requestInfo(at(0), object);
  queue.request(at(0), object, 0, symbolsOf(16), 1);
  queue.forget(object);
  assert.ok(queue.isEmpty);
  assert.ok(queue.request(at(0), testObject(), 0, symbolsOf(16), 1));
});

test('how long requests are gathered follows the GRTT as it is now', () => {
  const queue = new RepairQueue();
  queue.request(at(1000), testObject(), 0, symbolsOf(16), 1);
  assert.equal(queue.readyAt(50_000), 51_000);
  assert.equal(queue.next(1100, 50_000), undefined);
  assert.equal(queue.readyAt(100), 1100);
  assert.equal(queue.next(1100, 100)?.block, 0);
});

test('what is forgotten of a block serves another, but not while the block is being repaired again', () => {
  const queue = new RepairQueue();
  const object = testObject();
  const pending = (block: number): BlockRepair => {
    const found = [...queue.unadvertised()].find((repair) => repair.block === block);
    assert.ok(found);
    return found;
  };
  const repair = (now: number, block: number): BlockRepair => {
    assert.ok(queue.request(at(now, now), object, block, symbolsOf(16), 1));
    return pending(block);
  };
  const first = repair(0, 1);
  assert.ok(sendOne(queue, 10, first));
  const again = repair(20, 1);
  assert.equal(again.history, first.history);
  // So much later that block 1 is forgotten, although it is pending.
  const second = repair(40_000_000, 2);
  assert.ok(sendOne(queue, 40_000_000, second));
  const third = repair(40_000_001, 3);
  assert.notEqual(third.history, again.history);
  assert.ok(sendOne(queue, 80_000_000, third));
  assert.equal(repair(80_000_001, 0).history, second.history);
});
