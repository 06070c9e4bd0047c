import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OutputTail } from './output-tail.ts';

test('keeps exactly the end of what was printed, however it was cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), fc.integer({ min: 1, max: 30 }), (chunks, sizeMax) => {
      const tail = new OutputTail(sizeMax);
      for (const chunk of chunks) tail.push(chunk);
      const all = Buffer.concat(chunks);
      assert.deepEqual(Buffer.from(tail.bytes()), all.subarray(Math.max(0, all.length - sizeMax)));
    }),
  );
});

test('does not change when its producer uses the buffer again', () => {
  const tail = new OutputTail();
  const buffer = Buffer.from('text');
  tail.push(buffer);
  buffer.fill(0);
  assert.equal(Buffer.from(tail.bytes()).toString(), 'text');
});
