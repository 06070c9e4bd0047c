import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  endOfTransmission,
  FEEDBACK_SECRET,
  nack,
  received,
  RECEIVER_ID,
  SENDER,
  SENDER_AUTHENTICATION,
  SENDER_KEY,
  signed,
} from '../../test/authenticated-datagrams.ts';
import { FEEDBACK_ROLLOVERS_AHEAD_MAX, ROLLOVER_TRIES_PER_SECOND_MAX } from '../limits.ts';
import { DatagramMac, DIRECTION, feedbackKeyOf } from './datagram-mac.ts';
import { FeedbackVerifier } from './feedback-verifier.ts';

const KEY = feedbackKeyOf(FEEDBACK_SECRET, RECEIVER_ID);

function verifier() {
  const stats = { unauthenticatedCount: 0, replayedCount: 0 };
  const one = new FeedbackVerifier(SENDER.nodeId, SENDER.instanceId, new DatagramMac(), SENDER_AUTHENTICATION, stats);
  return { stats, accepts: (now: number, datagram: Uint8Array) => one.accepts(now, received(datagram), 0) };
}

const feedback = (sequence: number, rollover = 0, sourceId = RECEIVER_ID, key = KEY) =>
  signed(nack(sequence, sourceId), key, DIRECTION.receiverToSender, rollover);

describe('a sender with keys', () => {
  test("takes each node's feedback under that node's key, once", () => {
    const { accepts, stats } = verifier();
    assert.ok(accepts(0, feedback(10)));
    assert.ok(accepts(0, feedback(11)));
    assert.ok(!accepts(0, feedback(11)));
    assert.ok(!accepts(0, feedback(10)));
    assert.ok(accepts(0, feedback(10, 0, 78, feedbackKeyOf(FEEDBACK_SECRET, 78))));
    assert.deepEqual(stats, { unauthenticatedCount: 0, replayedCount: 2 });
  });

  test('a member cannot speak as another, nor as the sender, nor can anybody without a key', () => {
    const { accepts, stats } = verifier();
    for (const forged of [
      feedback(1, 0, 78),
      signed(nack(1), SENDER_KEY, DIRECTION.receiverToSender),
      signed(nack(1), KEY, DIRECTION.senderToGroup),
      signed(nack(1), undefined),
      signed(endOfTransmission(1), KEY, DIRECTION.receiverToSender),
    ]) {
      assert.ok(!accepts(0, forged));
    }
    assert.deepEqual(stats, { unauthenticatedCount: 5, replayedCount: 0 });
  });

  test('a node that began anew is found by its next roll-over counts, and what it said before stays old', () => {
    const { accepts } = verifier();
    assert.ok(accepts(0, feedback(50_000)));
    assert.ok(accepts(0, feedback(3, 1)));
    assert.ok(accepts(0, feedback(40_000, 3)));
    assert.ok(!accepts(0, feedback(50_001)));
    assert.ok(!accepts(0, feedback(40_001, 4 + FEEDBACK_ROLLOVERS_AHEAD_MAX)));
    assert.ok(accepts(0, feedback(40_002, 3)));
  });

  test('what strangers make it try is bounded, and keeps nobody else from being heard', () => {
    const { accepts } = verifier();
    assert.ok(accepts(0, feedback(1)));
    for (let count = 0; count < ROLLOVER_TRIES_PER_SECOND_MAX / 50; count += 1) {
      assert.ok(!accepts(0, feedback(count, 0, 1000 + count)));
    }
    assert.ok(accepts(0, feedback(2)));
    assert.ok(!accepts(0, feedback(3, 2)), 'the tries are used up');
    assert.ok(accepts(100_000, feedback(3, 2)));
  });
});
