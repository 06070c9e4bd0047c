import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatagramBatch } from '../batch.ts';
import { ACK_TYPE, encodeAck } from '../wire/ack.ts';
import { FeedbackReader, type FeedbackHandler } from './feedback-reader.ts';
import { newSenderStats } from './sender-stats.ts';

const NOW = 5_000_000;

/** What is made of an answer to a probe that was sent so long ago, when it and the probe have lain in sockets. */
function roundTripsOf(sinceProbe: number, probeWaited: number, answerWaited: number) {
  const batch = new DatagramBatch(1, 200);
  const end = encodeAck(batch, 0, {
    type: 'ack',
    sequence: 1,
    sourceId: 7,
    senderId: 1,
    instanceId: 2,
    grttResponse: NOW - sinceProbe,
    ackType: ACK_TYPE.cc,
    ackId: 0,
    position: undefined,
    feedback: { ccSequence: 1, ccFlags: 0, ccRttQuantized: 0, ccRateQuantized: 0, lossQuantized: 0 },
    reception: { datagramCount: 1, byteCount: 1, clockMicros: 1, waitedMicros: probeWaited },
    content: new Uint8Array(0),
  });
  batch.append(end, 1);
  batch.waited[0] = answerWaited;
  let ofGroup: number | undefined;
  let ofPath: number | undefined;
  const ignore = (): void => undefined;
  const handler: FeedbackHandler = {
    onReceiverHeard: ignore,
    onRoundTrip: (roundTrip) => (ofGroup = roundTrip),
    onLossReported: ignore,
    onReceiverForgotten: ignore,
    onCongestion: (_now, { roundTrip }) => (ofPath = roundTrip),
    onRepairRequests: () => 0,
    onFlushAcknowledged: ignore,
  };
  new FeedbackReader(1, 2, { ...newSenderStats(), grttMicros: 10_000 }, handler).read(NOW, batch, 0);
  return { ofGroup, ofPath };
}

test('what a probe and its answer waited in sockets counts for the group, and not for the path', () => {
  assert.deepEqual(roundTripsOf(9000, 6400, 2000), { ofGroup: 9000, ofPath: 600 });
});

test('a wait that is longer than the round trip is a clock that was set: the path is not known', () => {
  assert.deepEqual(roundTripsOf(9000, 64_000, 0), { ofGroup: 9000, ofPath: undefined });
});
