/** What somebody who can write NORM can say, as the sender of an attacked group or as one of its receivers. */
import { DatagramBatch, type Message } from '@rollcall/norm';
import { DatagramMac, DIRECTION } from '../../packages/norm/src/authentication/datagram-mac.ts';
import { MessageSigner } from '../../packages/norm/src/authentication/message-signer.ts';
import { DataMessage, encodeDataHeader } from '../../packages/norm/src/wire/data.ts';
import { signed } from '../../packages/norm/test/authenticated-datagrams.ts';
import { SENDER } from './norm-group.ts';

const FIELDS = { sourceId: SENDER.nodeId, instanceId: SENDER.instanceId, grttQuantized: 60 };
const OF_SENDER = { ...FIELDS, backoffFactor: 2, groupSizeQuantized: 1 };
const EVERYTHING = { fecEncodingId: 5, toi: 1, sourceBlockNumber: 0xffff, encodingSymbolId: 63 } as const;

/** Every command by which a sender moves its receivers. */
export function commandsOfSender(sequence: number): Message[] {
  const position = { ...EVERYTHING, toi: 2, sourceBlockNumber: 0 };
  return [
    { type: 'squelch', ...OF_SENDER, sequence, position, invalidTois: [1] },
    { type: 'flush', ...OF_SENDER, sequence, position: EVERYTHING, acknowledgingNodeIds: [] },
    { type: 'eot', ...OF_SENDER, sequence },
    { type: 'cc', ...OF_SENDER, sequence, ccSequence: 9, sendTime: 1, rateQuantized: 1, ccNodes: [] },
    { type: 'repairAdv', ...OF_SENDER, sequence, flags: 0, feedback: undefined, repairRequests: wholeObject() },
  ];
}

/** A NACK for everything, many times over; and, as an answer to this probe, that nothing had come of what was sent. */
export function greedyNack(sequence: number, nodeId: number, probe?: number): Message {
  return {
    type: 'nack',
    sequence,
    sourceId: nodeId,
    senderId: SENDER.nodeId,
    instanceId: SENDER.instanceId,
    grttResponse: 0,
    feedback:
      probe === undefined
        ? undefined
        : // A loss below that of a straggler.
          { ccSequence: probe, ccFlags: 0, ccRttQuantized: 60, ccRateQuantized: 0, lossQuantized: 0.2 * 0xffffffff },
    reception: probe === undefined ? undefined : { datagramCount: 0, byteCount: 0, clockMicros: 0, waitedMicros: 0 },
    repairRequests: [...wholeObject(), ...wholeObject(), ...wholeObject()],
  };
}

/** A wrong symbol of the content. */
export function wrongSymbol(
  sequence: number,
  block: number,
  symbol: number,
  size: number,
  key: Uint8Array | undefined,
  rollover = 0,
): Uint8Array {
  const message = Object.assign(new DataMessage(), OF_SENDER, { sequence, flags: 0x14, toi: 1 });
  message.sourceBlockNumber = block;
  message.encodingSymbolId = symbol;
  const batch = new DatagramBatch(1, size + 100);
  let end = encodeDataHeader(batch, 0, message);
  const signer = key && new MessageSigner(new DatagramMac(), key, DIRECTION.senderToGroup, rollover);
  if (signer) end = signer.reserve(batch, 0, end);
  batch.bytes.fill(0xbd, end, end + size);
  batch.append(end + size, 0);
  signer?.sign(batch);
  return batch.bytes.slice(0, end + size);
}

/** A message as it goes on the wire: signed under this key, or not at all. */
export function onWire(message: Message, key: Uint8Array | undefined, rollover = 0): Uint8Array {
  const direction = message.type === 'nack' ? DIRECTION.receiverToSender : DIRECTION.senderToGroup;
  return signed(message, key, direction, rollover);
}

function wholeObject(): Extract<Message, { type: 'nack' }>['repairRequests'] {
  const position = { ...EVERYTHING, sourceBlockNumber: 0, encodingSymbolId: 0 };
  return [
    // NORM_NACK_OBJECT and NORM_NACK_INFO.
    { form: 'items', flags: 0x0c, items: [position] },
    // NORM_NACK_BLOCK.
    { form: 'ranges', flags: 0x02, ranges: [{ first: position, last: { ...position, sourceBlockNumber: 0xffff } }] },
  ];
}
