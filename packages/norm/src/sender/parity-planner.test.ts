import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.ts';
import { ParityPlanner } from './parity-planner.ts';
import { SenderObject } from './sender-object.ts';

const OTI = { transferLength: 640_000, encodingSymbolLength: 10, maximumSourceBlockLength: 64, repairSymbolCount: 32 };

function plan(needOf: (block: number) => number): number {
  const planner = new ParityPlanner();
  const object = new SenderObject(0, { source: { size: 640_000, read: () => undefined } }, OTI);
  for (let block = 0; block < 1000; block += 1) {
    const proactive = planner.count;
    planner.onBlockSent(block, object, block, proactive);
    const need = needOf(block);
    if (need > proactive) planner.onRequest(object, block, proactive + need - proactive);
    planner.settle(block - 10);
  }
  return planner.count;
}

test('without loss nothing is planned', () => {
  assert.equal(
    plan(() => 0),
    0,
  );
});

test('what every block needs is planned for, but not what only the worst one does', () => {
  const random = new Random(1);
  const planned = plan(() => 4 + random.below(5));
  assert.ok(planned >= 2 && planned <= 5, `${planned}`);
});

test('a plan is there as soon as the first blocks are settled', () => {
  const planner = new ParityPlanner();
  const object = new SenderObject(0, { source: { size: 640_000, read: () => undefined } }, OTI);
  for (let block = 0; block < 3; block += 1) {
    planner.onBlockSent(block, object, block, 0);
    planner.onRequest(object, block, 6);
  }
  planner.settle(10);
  assert.equal(planner.count, 4);
});

test('the plan finds its way down when the loss is over', () => {
  assert.equal(
    plan((block) => (block < 500 ? 8 : 0)),
    0,
  );
});
