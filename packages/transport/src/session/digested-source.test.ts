import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { DigestedSource } from './digested-source.ts';

test('a source is digested as it is read, whatever is read again meanwhile', () => {
  const content = randomBytes(100_000);
  let readBytes = 0;
  const source = new DigestedSource({
    size: content.length,
    read(offset, target) {
      readBytes += target.length;
      target.set(content.subarray(offset, offset + target.length));
    },
  });
  const { digest } = source;
  const read = (offset: number, length: number) => source.read(offset, new Uint8Array(length));
  read(0, 40_000);
  assert.equal(digest.catchUp(source.readBytes, 1e6, false), 40_000, 'the thread had no time yet');
  read(40_000, 20_000);
  read(10_000, 20_000);
  assert.equal(source.readBytes, 60_000);
  read(60_000, 40_000);
  assert.equal(source.readBytes, content.length);
  assert.ok(digest.isOver);
  assert.equal(digest.digest(), hash('sha256', content));
  assert.equal(readBytes, 100_000 + 20_000 + 40_000);
});
