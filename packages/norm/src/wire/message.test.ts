import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bytesOfHex, jsonOfMessage, readVectors } from '../../test/wire/vectors.ts';
import { arenaOf } from './arena.ts';
import { DECODE_FAILURES, failed } from './decoded.ts';
import type { DecodeFailure } from './decoded.ts';
import type { MessageName } from './message.ts';
import { MESSAGES, decodeMessage, encodeMessage, identifyMessage } from './message.ts';

/** packages/norm/vectors/, one file per message. */
const VECTORS = {
  info: readVectors('info'),
  data: readVectors('data'),
  flush: readVectors('command-flush'),
  eot: readVectors('command-eot'),
  squelch: readVectors('command-squelch'),
  cc: readVectors('command-cc'),
  repairAdv: readVectors('command-repair-adv'),
  ackReq: readVectors('command-ack-req'),
  application: readVectors('command-application'),
  nack: readVectors('nack'),
  ack: readVectors('ack'),
  report: readVectors('report'),
} as const satisfies Record<MessageName, unknown>;

/** Datagrams that say the same in more bytes, or in a way that we do not write. */
const NOT_AS_WE_WRITE = /unknown extension|reads as/;

for (const [name, vectors] of Object.entries(VECTORS)) {
  describe(`vectors of ${name}`, () => {
    assert.ok(vectors.some((vector) => 'decoded' in vector));
    assert.ok(vectors.some((vector) => 'reason' in vector));
    for (const vector of vectors) {
      const arena = arenaOf(bytesOfHex(vector.hex));
      const size = arena.bytes.length;
      if ('reason' in vector) {
        test(`refused as ${vector.reason}: ${vector.note}`, () => {
          assert.deepEqual(decodeMessage(arena, 0, size), { ok: false, reason: vector.reason });
        });
        continue;
      }
      test(`decoded, and encoded again to the same bytes: ${vector.note}`, () => {
        const decoded = decodeMessage(arena, 0, size);
        assert.ok(decoded.ok);
        assert.equal(decoded.message.type, name);
        assert.deepEqual(jsonOfMessage(decoded.message, arena), vector.decoded);
        if (NOT_AS_WE_WRITE.test(vector.note)) return;
        const again = arenaOf(new Uint8Array(size));
        let end = encodeMessage(again, 0, decoded.message);
        if (decoded.message.type === 'data') {
          again.bytes.set(arena.bytes.subarray(decoded.message.payloadOffset), end);
          end += decoded.message.payloadLength;
        }
        assert.equal(end, size);
        assert.equal(Buffer.from(again.bytes).toString('hex'), vector.hex);
      });
    }
  });
}

test('every reason to refuse a datagram has a vector, but for those that take more than a datagram', () => {
  const shown = new Set<string>(
    Object.values(VECTORS).flatMap((vectors) =>
      vectors.flatMap((vector) => ('reason' in vector ? [vector.reason] : [])),
    ),
  );
  const missing = Object.keys(DECODE_FAILURES).filter((reason) => !shown.has(reason));
  // The first would be a vector of 64 KiB; the second is what a decoder says that was asked for another message.
  assert.deepEqual(missing, ['oversized', 'unexpectedType']);
});

test('a failure is one and the same object each time, so that bad datagrams allocate nothing', () => {
  for (const reason of Object.keys(DECODE_FAILURES) as DecodeFailure[]) {
    assert.equal(failed(reason), failed(reason));
    assert.deepEqual(failed(reason), { ok: false, reason });
  }
});

test('the table names each message once, by its number and flavor', () => {
  const numbers = Object.values(MESSAGES).map((message) => `${message.type}/${message.flavor ?? ''}`);
  assert.equal(new Set(numbers).size, numbers.length);
  assert.equal(new Set(Object.values(MESSAGES).map((message) => message.name)).size, numbers.length);
});

test('a message is identified without being decoded', () => {
  for (const [name, vectors] of Object.entries(VECTORS)) {
    for (const vector of vectors) {
      if (!('decoded' in vector)) continue;
      const arena = arenaOf(bytesOfHex(vector.hex));
      assert.equal(identifyMessage(arena, 0, arena.bytes.length), name);
    }
  }
});
