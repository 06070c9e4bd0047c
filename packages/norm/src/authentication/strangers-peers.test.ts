import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  endOfTransmission,
  FEEDBACK_SECRET,
  nack,
  received,
  RECEIVER_AUTHENTICATION,
  RECEIVER_ID,
  SENDER,
  SENDER_AUTHENTICATION,
  SENDER_KEY,
  signed,
} from '../../test/authenticated-datagrams.ts';
import { ReceiverSession } from '../receiver/receiver-session.ts';
import type { SenderOptions } from '../sender/sender-options.ts';
import { SenderSession } from '../sender/sender-session.ts';
import { DIRECTION, feedbackKeyOf } from './datagram-mac.ts';

const OPTIONS: SenderOptions = {
  ...SENDER,
  seed: 1,
  rate: { mode: 'fixed', bytesPerSecond: 1e6 },
  symbolSize: 100,
  fec: { scheme: 'reedSolomon', blockLength: 10, repairSymbolCount: 4 },
};
const KEY = feedbackKeyOf(FEEDBACK_SECRET, RECEIVER_ID);

function peersAfter(session: Pick<SenderSession, 'handleDatagrams'>, ...datagrams: readonly Uint8Array[]): number[] {
  const batch = received(...datagrams);
  session.handleDatagrams(0, batch);
  return [...batch.peers.subarray(0, batch.count)];
}

test('of what a stranger sent no address is left to remember, at either end', () => {
  const honest = signed(nack(1), KEY, DIRECTION.receiverToSender);
  const forged = signed(nack(2), SENDER_KEY, DIRECTION.receiverToSender);
  const sender = new SenderSession({ ...OPTIONS, authentication: SENDER_AUTHENTICATION });
  assert.deepEqual(peersAfter(sender, honest, signed(nack(3), undefined), forged, honest), [1, 0, 0, 0]);
  assert.deepEqual(
    peersAfter(new SenderSession(OPTIONS), signed(nack(3), undefined)),
    [1],
    'without keys all are believed',
  );

  const receiver = new ReceiverSession({
    nodeId: RECEIVER_ID,
    seed: 1,
    onObject: () => undefined,
    sender: SENDER,
    authentication: RECEIVER_AUTHENTICATION,
  });
  const end = signed(endOfTransmission(1), SENDER_KEY);
  assert.deepEqual(peersAfter(receiver, signed(endOfTransmission(1), KEY), end), [0, 2]);
});
