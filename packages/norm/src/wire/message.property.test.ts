import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ARBITRARY_MESSAGE_SIZE_MAX, arbitraryMessage, bytesOf } from '../../test/wire/arbitrary-message.ts';
import { jsonOfMessage } from '../../test/wire/vectors.ts';
import { DATAGRAM_SIZE_MAX_BYTES } from '../limits.ts';
import { arenaOf } from './arena.ts';
import { DataMessage, decodeData } from './data.ts';
import { DECODE_FAILURES } from './decoded.ts';
import type { MessageName } from './message.ts';
import { MESSAGES, decodeMessage, encodeMessage, identifyMessage } from './message.ts';

const REASONS = Object.keys(DECODE_FAILURES);
const NAMES = Object.keys(MESSAGES) as MessageName[];

/**
 * Decodes bytes that end where the arena ends, so that a read beyond the datagram would throw. Checks what holds for
 * every datagram, and answers what came out.
 */
function decodeExactly(bytes: Uint8Array): string {
  const arena = arenaOf(bytes);
  const decoded = decodeMessage(arena, 0, bytes.length);
  // A decoder that was not asked by the table still answers, and only the right one may say yes.
  for (const name of NAMES) {
    const other = MESSAGES[name].decode(arena, 0, bytes.length);
    assert.equal(other.ok, decoded.ok && decoded.message.type === name);
  }
  if (!decoded.ok) {
    assert.ok(REASONS.includes(decoded.reason));
    return decoded.reason;
  }
  const { message } = decoded;
  if (message.type === 'data') {
    assert.ok(message.payloadLength >= 0);
    assert.equal(message.payloadOffset + message.payloadLength, bytes.length);
  }
  return message.type;
}

describe('messages', () => {
  test('what is encoded is decoded the same, wherever it lies in the arena', () => {
    fc.assert(
      fc.property(
        arbitraryMessage,
        fc.integer({ min: 0, max: 50 }),
        fc.integer({ min: 0, max: 255 }),
        (m, at, fill) => {
          const alone = bytesOf(m);
          const arena = arenaOf(new Uint8Array(ARBITRARY_MESSAGE_SIZE_MAX + 100).fill(fill));
          const end = m.encode(arena, at);
          assert.deepEqual(arena.bytes.slice(at, end), alone, 'every byte is written, none is left from before');
          const decoded = decodeMessage(arena, at, end - at);
          assert.ok(decoded.ok, decoded.ok ? '' : decoded.reason);
          assert.equal(decoded.message.type, m.name);
          const again = new Uint8Array(ARBITRARY_MESSAGE_SIZE_MAX);
          const { message } = decoded;
          let againEnd = encodeMessage(arenaOf(again), 0, message);
          if (message.type === 'data') {
            again.set(arena.bytes.subarray(message.payloadOffset, end), againEnd);
            againEnd += message.payloadLength;
          }
          assert.deepEqual(again.slice(0, againEnd), alone);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('a message cut off at any length is refused when its header is cut, and never throws', () => {
    fc.assert(
      fc.property(arbitraryMessage, (m) => {
        const bytes = bytesOf(m);
        const headerSize = (bytes[1] ?? 0) * 4;
        for (let length = 0; length < bytes.length; length += 1) {
          const outcome = decodeExactly(bytes.slice(0, length));
          assert.ok(length >= headerSize || REASONS.includes(outcome), `${outcome} at ${length}`);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('a message with bytes changed anywhere is decoded or refused, and what is decoded can be sent again', () => {
    const change = fc.tuple(fc.nat(ARBITRARY_MESSAGE_SIZE_MAX), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(arbitraryMessage, fc.array(change, { minLength: 1, maxLength: 4 }), (m, changes) => {
        const bytes = bytesOf(m);
        for (const [place, value] of changes) bytes[place % bytes.length] = value;
        if (REASONS.includes(decodeExactly(bytes))) return;
        const arena = arenaOf(bytes);
        const decoded = decodeMessage(arena, 0, bytes.length);
        assert.ok(decoded.ok);
        const again = arenaOf(new Uint8Array(ARBITRARY_MESSAGE_SIZE_MAX));
        let end = encodeMessage(again, 0, decoded.message);
        if (decoded.message.type === 'data') {
          again.bytes.set(bytes.subarray(decoded.message.payloadOffset), end);
          end += decoded.message.payloadLength;
        }
        const decodedAgain = decodeMessage(again, 0, end);
        assert.ok(decodedAgain.ok);
        assert.deepEqual(jsonOfMessage(decodedAgain.message, again), jsonOfMessage(decoded.message, arena));
      }),
      { numRuns: 3000 },
    );
  });

  test('random bytes are decoded or refused, and never throw', () => {
    const random = fc.uint8Array({ maxLength: 120, size: 'max' });
    // Most random bytes fail at the version; these come further.
    const plausible = fc
      .tuple(
        random,
        fc.integer({ min: 0x10, max: 0x17 }),
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 0, max: 8 }),
      )
      .map(([bytes, first, headerWords, flavor]) => {
        if (bytes.length > 0) bytes[0] = first;
        if (bytes.length > 1) bytes[1] = headerWords;
        if (bytes.length > 12) bytes[12] = flavor;
        return bytes;
      });
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(fc.oneof({ arbitrary: random, weight: 1 }, { arbitrary: plausible, weight: 9 }), (bytes) => {
        outcomes.add(decodeExactly(bytes));
      }),
      { numRuns: 10_000 },
    );
    assert.ok(outcomes.size > 10, `the search reaches many outcomes: ${[...outcomes].join(' ')}`);
  });

  test('a datagram longer than UDP can carry is refused', () => {
    fc.assert(
      fc.property(arbitraryMessage, (m) => {
        const bytes = new Uint8Array(DATAGRAM_SIZE_MAX_BYTES + 1);
        bytes.set(bytesOf(m));
        assert.equal(decodeExactly(bytes), 'oversized');
      }),
      { numRuns: 30 },
    );
  });

  test('an object that decodes many DATA in a row keeps nothing of the one before', () => {
    const reused = new DataMessage();
    fc.assert(
      fc.property(arbitraryMessage, (m) => {
        if (m.name !== 'data') return;
        const arena = arenaOf(bytesOf(m));
        assert.equal(identifyMessage(arena, 0, arena.bytes.length), 'data');
        assert.ok(decodeData(arena, 0, arena.bytes.length, reused).ok);
        const fresh = new DataMessage();
        assert.ok(decodeData(arena, 0, arena.bytes.length, fresh).ok);
        assert.deepEqual(jsonOfMessage(reused, arena), jsonOfMessage(fresh, arena));
      }),
      { numRuns: 1000 },
    );
  });
});
