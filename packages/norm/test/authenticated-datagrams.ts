import { DatagramMac, DIRECTION, feedbackKeyOf, type Direction } from '../src/authentication/datagram-mac.ts';
import { MessageSigner } from '../src/authentication/message-signer.ts';
import { DatagramBatch } from '../src/batch.ts';
import { encodeMessage, type Message } from '../src/wire/message.ts';

export const SENDER = { nodeId: 11, instanceId: 5 } as const;
export const RECEIVER_ID = 77;
export const SENDER_KEY = Uint8Array.from({ length: 16 }, (_, index) => index);
export const FEEDBACK_SECRET = Uint8Array.from({ length: 16 }, (_, index) => 255 - index);
export const SENDER_AUTHENTICATION = { senderKey: SENDER_KEY, feedbackSecret: FEEDBACK_SECRET } as const;
export const RECEIVER_AUTHENTICATION = {
  senderKey: SENDER_KEY,
  feedbackKey: feedbackKeyOf(FEEDBACK_SECRET, RECEIVER_ID),
  senderRollover: 0,
  feedbackRollover: 0,
} as const;

/** A message as it lies on the wire, signed or not. */
export function signed(
  message: Message,
  key: Uint8Array | undefined,
  direction: Direction = DIRECTION.senderToGroup,
  rollover = 0,
): Uint8Array {
  const batch = new DatagramBatch(1, 2048);
  let end = encodeMessage(batch, 0, message);
  const signer = key && new MessageSigner(new DatagramMac(), key, direction, rollover);
  if (signer) end = signer.reserve(batch, 0, end);
  batch.append(end, 0);
  signer?.sign(batch);
  return batch.bytes.slice(0, end);
}

export function endOfTransmission(sequence: number, sender: { nodeId: number; instanceId: number } = SENDER): Message {
  const fields = { grttQuantized: 60, backoffFactor: 2, groupSizeQuantized: 1 };
  return { type: 'eot', sequence, sourceId: sender.nodeId, instanceId: sender.instanceId, ...fields };
}

export function nack(sequence: number, sourceId = RECEIVER_ID): Message {
  const { nodeId: senderId, instanceId } = SENDER;
  const nothing = { grttResponse: 0, feedback: undefined, repairRequests: [] };
  return { type: 'nack', sequence, sourceId, senderId, instanceId, ...nothing };
}

/** A batch that holds these datagrams, as received. */
export function received(...datagrams: readonly Uint8Array[]): DatagramBatch {
  const batch = new DatagramBatch(Math.max(1, datagrams.length), 2048);
  for (const [index, datagram] of datagrams.entries()) {
    batch.bytes.set(datagram, batch.end);
    batch.append(datagram.length, index + 1);
  }
  return batch;
}
