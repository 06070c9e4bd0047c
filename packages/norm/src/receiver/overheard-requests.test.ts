import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OVERHEARD_MAX_BLOCKS } from '../limits.ts';
import { SymbolBits } from '../object/symbol-bits.ts';
import { OverheardRequests } from './overheard-requests.ts';

const SOURCE_COUNT = 16;

function symbolsOf(...symbols: number[]): SymbolBits {
  const bits = new SymbolBits();
  for (const symbol of symbols) bits.add(symbol);
  return bits;
}

test('as many repair symbols as are wanted cover the want, whichever they are', () => {
  const overheard = new OverheardRequests();
  overheard.symbols(1, 2, symbolsOf(16, 17));
  assert.ok(overheard.coversSymbols(1, 2, symbolsOf(18, 19), SOURCE_COUNT));
  assert.ok(!overheard.coversSymbols(1, 2, symbolsOf(17, 18, 19), SOURCE_COUNT));
  assert.ok(!overheard.coversSymbols(1, 3, symbolsOf(16), SOURCE_COUNT));
});

test('of source symbols only the very same ones do', () => {
  const overheard = new OverheardRequests();
  overheard.symbols(1, 2, symbolsOf(3, 4, 5));
  assert.ok(overheard.coversSymbols(1, 2, symbolsOf(3, 5), SOURCE_COUNT));
  assert.ok(!overheard.coversSymbols(1, 2, symbolsOf(6), SOURCE_COUNT));
  assert.ok(!overheard.coversSymbols(1, 2, symbolsOf(16), SOURCE_COUNT));
});

test('a whole block covers its symbols, a whole object its blocks and its INFO', () => {
  const overheard = new OverheardRequests();
  overheard.blocks(1, 4, 6);
  overheard.objects(0xffff, 0);
  assert.ok(overheard.coversSymbols(1, 5, symbolsOf(1, 2), SOURCE_COUNT));
  assert.ok(!overheard.coversBlock(1, 7));
  assert.ok(overheard.coversBlock(0, 3) && overheard.coversInfo(0xffff) && overheard.coversObject(0));
  assert.ok(!overheard.coversInfo(1));
});

test('erasures cover by their count', () => {
  const overheard = new OverheardRequests();
  overheard.erasures(1, 2, 3);
  assert.ok(overheard.coversSymbols(1, 2, symbolsOf(1, 2, 17), SOURCE_COUNT));
  assert.ok(!overheard.coversSymbols(1, 2, symbolsOf(1, 2, 16, 17), SOURCE_COUNT));
});

test('what is remembered is bounded, and all of it can be cleared', () => {
  const overheard = new OverheardRequests();
  for (let block = 0; block < 2 * OVERHEARD_MAX_BLOCKS; block += 1) overheard.symbols(1, block, symbolsOf(16));
  assert.ok(overheard.coversSymbols(1, OVERHEARD_MAX_BLOCKS - 1, symbolsOf(16), SOURCE_COUNT));
  assert.ok(!overheard.coversSymbols(1, OVERHEARD_MAX_BLOCKS, symbolsOf(16), SOURCE_COUNT));
  overheard.clear();
  assert.ok(overheard.isEmpty && !overheard.coversSymbols(1, 0, symbolsOf(16), SOURCE_COUNT));
});
