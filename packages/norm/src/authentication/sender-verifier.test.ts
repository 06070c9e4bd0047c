import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  endOfTransmission,
  received,
  RECEIVER_AUTHENTICATION,
  SENDER,
  SENDER_KEY,
  signed,
} from '../../test/authenticated-datagrams.ts';
import { OUTAGE_MICROS_MIN, REPLAY_WINDOW_MESSAGES, ROLLOVERS_PER_SECOND_MAX } from '../limits.ts';
import { DatagramMac, DIRECTION } from './datagram-mac.ts';
import { SenderVerifier } from './sender-verifier.ts';

const SECOND = 1_000_000;

function verifier(senderRollover = 0) {
  const stats = { unauthenticatedCount: 0, replayedCount: 0 };
  const one = new SenderVerifier(SENDER, new DatagramMac(), { ...RECEIVER_AUTHENTICATION, senderRollover }, stats);
  return {
    stats,
    accepts: (now: number, datagram: Uint8Array) => one.accepts(now, received(datagram), 0),
  };
}

const message = (sequence: number, rollover = 0) =>
  signed(endOfTransmission(sequence), SENDER_KEY, DIRECTION.senderToGroup, rollover);

describe('a receiver with keys', () => {
  test("takes its sender's messages, in any order, each once", () => {
    const { accepts, stats } = verifier();
    for (const sequence of [10, 12, 11]) assert.ok(accepts(0, message(sequence)));
    for (const sequence of [10, 11, 12]) assert.ok(!accepts(0, message(sequence)));
    assert.deepEqual(stats, { unauthenticatedCount: 0, replayedCount: 3 });
  });

  test('takes nothing that has one bit changed', () => {
    const { accepts, stats } = verifier();
    const datagram = message(10);
    fc.assert(
      fc.property(fc.nat(datagram.length * 8 - 1), (bit) => {
        const forged = datagram.slice();
        forged[bit >> 3]! ^= 1 << (bit & 7);
        // Also one of EXT_AUTH's reserved bits, which nobody reads.
        assert.ok(!accepts(0, forged));
      }),
      { numRuns: 500 },
    );
    assert.equal(stats.unauthenticatedCount, 500);
    assert.ok(accepts(0, datagram));
  });

  test('takes nothing that is unsigned, signed by another key, for another direction, or by another sender', () => {
    const { accepts, stats } = verifier();
    const otherKey = SENDER_KEY.map((byte) => byte ^ 1);
    for (const forged of [
      signed(endOfTransmission(1), undefined),
      signed(endOfTransmission(1), otherKey),
      signed(endOfTransmission(1), SENDER_KEY, DIRECTION.receiverToSender),
      signed(endOfTransmission(1, { nodeId: 12, instanceId: 5 }), SENDER_KEY),
      signed(endOfTransmission(1, { nodeId: 11, instanceId: 6 }), SENDER_KEY),
      new Uint8Array(0),
      Uint8Array.of(0x13, 7),
    ]) {
      assert.ok(!accepts(0, forged));
    }
    assert.deepEqual(stats, { unauthenticatedCount: 7, replayedCount: 0 });
  });

  test('takes random bytes for nothing, whatever they are', () => {
    const { accepts } = verifier();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isPlausible) => {
        if (isPlausible) bytes.set(message(1).subarray(0, Math.min(bytes.length, 12)));
        assert.ok(!accepts(0, bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test('follows the sequence over its roll-over', () => {
    const { accepts } = verifier();
    assert.ok(accepts(0, message(65_535)));
    assert.ok(accepts(0, message(0, 1)));
    assert.ok(accepts(0, message(65_534)));
    assert.ok(!accepts(0, message(1, 0)), 'not one of the roll-over before');
    assert.ok(accepts(0, message(1, 1)));
  });

  test('begins where the keys say, or a little later, and with nothing older', () => {
    assert.ok(!verifier(3).accepts(0, message(9, 2)));
    assert.ok(verifier(3).accepts(0, message(9, 3)));
    const { accepts } = verifier(3);
    let tries = 0;
    while (!accepts(tries * 1000, message(9 + tries, 40))) tries += 1;
    assert.ok(tries <= 4, `${tries} messages went by`);
    assert.ok(!verifier(3).accepts(0, message(9, 2000)), 'nobody has been away for so long before it began');
  });

  test('finds the sequence again after an outage, in which it rolled over unheard, and not without one', () => {
    const { accepts, stats } = verifier();
    assert.ok(accepts(0, message(100)));
    assert.ok(!accepts(OUTAGE_MICROS_MIN - 1, message(40_000, 1)));
    const minute = 60 * SECOND;
    assert.ok(!accepts(minute, message(100, 2 + 60 * ROLLOVERS_PER_SECOND_MAX + 1)), 'faster than any sender');
    let now = minute;
    while (!accepts(now, message(7, 700))) {
      now += 1000;
      assert.ok(now < minute + SECOND, 'found within a second');
    }
    assert.ok(accepts(now, message(8, 700)));
    assert.ok(!accepts(now + minute, message(9, 699)), 'and nothing of what went by');
    assert.ok(stats.unauthenticatedCount > 0);
  });

  test('what was recorded is worth nothing later, however long it was', () => {
    const { accepts } = verifier();
    const recording = Array.from({ length: 2 * REPLAY_WINDOW_MESSAGES }, (_, sequence) => message(sequence));
    for (const datagram of recording) assert.ok(accepts(0, datagram));
    for (const at of [1, OUTAGE_MICROS_MIN, 10 * SECOND]) {
      for (const datagram of recording) assert.ok(!accepts(at, datagram));
    }
  });
});
