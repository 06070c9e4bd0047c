import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bitCount, SymbolBits } from './symbol-bits.ts';

function bitsOf(...symbols: number[]): SymbolBits {
  const bits = new SymbolBits();
  for (const symbol of symbols) bits.add(symbol);
  return bits;
}

test('members come back in order, across words', () => {
  const symbols = [0, 31, 32, 63, 64, 200, 254];
  const bits = bitsOf(...symbols);
  const found: number[] = [];
  for (let symbol = bits.next(0); symbol >= 0; symbol = bits.next(symbol + 1)) found.push(symbol);
  assert.deepEqual(found, symbols);
  assert.equal(bits.count, symbols.length);
  assert.equal(bits.next(255), -1);
});

test('a subset is one whose members are all in the other', () => {
  assert.ok(bitsOf(3, 70).isSubsetOf(bitsOf(1, 3, 70)));
  assert.ok(!bitsOf(3, 71).isSubsetOf(bitsOf(1, 3, 70)));
  assert.ok(bitsOf().isSubsetOf(bitsOf()));
});

test('what is taken out is not there any more', () => {
  const bits = bitsOf(5, 40);
  bits.delete(40);
  assert.deepEqual([bits.has(5), bits.has(40), bits.isEmpty], [true, false, false]);
  bits.clear();
  assert.ok(bits.isEmpty);
});

test('bits of a word are counted, the sign bit too', () => {
  assert.deepEqual([0, 1, 3, 0x80000000, 0xffffffff].map(bitCount), [0, 1, 2, 1, 32]);
});
