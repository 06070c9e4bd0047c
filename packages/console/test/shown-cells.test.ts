import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOK_NAMES } from '@rollcall/client/task';
import { ShownCells } from '../src/model/shown-cells.ts';

test('a cell is drawn when it looks another way, and only then', () => {
  const cells = new ShownCells(2);
  assert.equal(cells.change(1, 'receiving', 0.5)?.share, 0.5);
  assert.equal(cells.change(1, 'receiving', 0.51), undefined, 'the same step');
  assert.equal(cells.change(1, 'receiving', 0.56)?.share, 9 / 16, 'the next one');
  assert.ok(cells.change(1, 'multicast', 1));
  assert.equal(cells.change(1, 'multicast', 0), undefined, 'a share says something of who receives only');
  assert.ok(cells.change(0, 'multicast', 0), 'each cell is drawn for the first time');
  assert.ok(cells.change(1, 'receiving', 0.56), 'and again when it goes back');
});

test('no two looks are taken for the same', () => {
  const cells = new ShownCells(1);
  const numbers = LOOK_NAMES.flatMap((look) => [0, 0.5, 1].map((share) => cells.change(0, look, share)?.number));
  const drawn = numbers.filter((number) => number !== undefined);
  assert.equal(new Set(drawn).size, drawn.length);
  assert.equal(drawn.length, LOOK_NAMES.length + 2);
});
