import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createFecCodec } from '@rollcall/norm';
import { loadLibc } from '../udp/native/libc.ts';
import { createHugePageCodec } from './huge-page-codec.ts';

const OPTIONS = { blockLength: 64, repairSymbolCount: 16, symbolSize: 1452, blockCount: 40 };

/** The flags of the mapping that holds an address (proc(5), smaps: VmFlags). */
function mappingFlags(address: number): readonly string[] {
  let isThere = false;
  for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    const [, start, end] = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line) ?? [];
    if (start !== undefined && end !== undefined) {
      isThere = Number.parseInt(start, 16) <= address && address < Number.parseInt(end, 16);
    } else if (isThere && line.startsWith('VmFlags:')) return line.split(/\s+/).slice(1);
  }
  return [];
}

test('blocks lie where the kernel was asked for huge pages', (context) => {
  const libc = loadLibc();
  if (libc === undefined) return context.skip('no C library to ask with: Linux with koffi');
  const block = createHugePageCodec(OPTIONS).takeBlock();
  assert.ok(block);
  assert.ok(mappingFlags(libc.addressOf(block) + block.length / 2).includes('hg'));
});

test('all blocks can be taken, and the code is the same', () => {
  const codec = createHugePageCodec(OPTIONS);
  assert.equal(codec.freeBlockCount, OPTIONS.blockCount);
  const plain = createFecCodec(OPTIONS);
  const [block, other] = [codec.takeBlock(), plain.takeBlock()];
  assert.ok(block && other);
  for (let index = 0; index < 64 * 1452; index++) block[index] = other[index] = (index * 7) % 251;
  codec.encodeRepairs(block, 64, 0, 16);
  plain.encodeRepairs(other, 64, 0, 16);
  assert.deepEqual(block, other);
});
