import fc from 'fast-check';
import type { Arena } from '../../src/wire/arena.ts';
import type { ObjectTransmissionInformation } from '../../src/wire/ext-fti.ts';
import type { FecEncodingId } from '../../src/wire/fec-payload-id.ts';
import { encodingSymbolIdMax, sourceBlockNumberMax } from '../../src/wire/fec-payload-id.ts';
import { DataMessage, encodeDataHeader } from '../../src/wire/data.ts';
import { encodeMessage } from '../../src/wire/message.ts';
import type { Message, MessageName } from '../../src/wire/message.ts';
import { OBJECT_FLAG } from '../../src/wire/object-flags.ts';
import type { RepairRequest } from '../../src/wire/repair-request.ts';

const bits = (count: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** count - 1 });
const optional = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined });
const content = fc.uint8Array({ maxLength: 40 });
const wireTime = fc.integer({ min: 0, max: 2 ** 32 * 1e6 - 1 });
/** Not of a stream: we send none. */
const objectFlags = bits(8).map((flags) => flags & ~OBJECT_FLAG.stream);
const fecEncodingId: fc.Arbitrary<FecEncodingId> = fc.constantFrom(0, 5);

const senderFields = {
  sequence: bits(16),
  sourceId: bits(32),
  instanceId: bits(16),
  grttQuantized: bits(8),
  backoffFactor: bits(4),
  groupSizeQuantized: bits(4),
};

const position = fecEncodingId.chain((id) =>
  fc.record({
    fecEncodingId: fc.constant(id),
    toi: bits(16),
    sourceBlockNumber: fc.integer({ min: 0, max: sourceBlockNumberMax(id) }),
    encodingSymbolId: fc.integer({ min: 0, max: encodingSymbolIdMax(id) }),
  }),
);

const feedback = fc.record({
  ccSequence: bits(16),
  ccFlags: bits(8),
  ccRttQuantized: bits(8),
  ccRateQuantized: bits(16),
  lossQuantized: bits(32),
});

const repairRequest: fc.Arbitrary<RepairRequest> = fc.oneof(
  fc.record({ form: fc.constant('items' as const), flags: bits(8), items: fc.array(position, { maxLength: 5 }) }),
  fc.record({
    form: fc.constant('ranges' as const),
    flags: bits(8),
    ranges: fc.array(fc.record({ first: position, last: position }), { maxLength: 3 }),
  }),
  fc.record({ form: fc.constant('erasures' as const), flags: bits(8), erasures: fc.array(position, { maxLength: 5 }) }),
);
const repairRequests = fc.array(repairRequest, { maxLength: 4 });

/** Of any object that can exist, up to the largest that the block numbers reach. */
function arbitraryOti(id: FecEncodingId): fc.Arbitrary<ObjectTransmissionInformation> {
  const blockLengthMax = id === 5 ? 255 : 65_536;
  return fc
    .tuple(fc.integer({ min: 40, max: 0xffff }), fc.integer({ min: 1, max: blockLengthMax }))
    .chain(([encodingSymbolLength, maximumSourceBlockLength]) =>
      fc.record({
        transferLength: fc.integer({
          min: 0,
          max: Math.min(2 ** 48 - 1, encodingSymbolLength * maximumSourceBlockLength * (sourceBlockNumberMax(id) + 1)),
        }),
        encodingSymbolLength: fc.constant(encodingSymbolLength),
        maximumSourceBlockLength: fc.constant(maximumSourceBlockLength),
        repairSymbolCount: fc.integer({ min: 0, max: id === 5 ? 255 - maximumSourceBlockLength : 0 }),
      }),
    );
}

/** What encodes to one datagram. DATA carries its symbol beside the message. */
export interface Encodable {
  readonly name: MessageName;
  encode(arena: Arena, offset: number): number;
}

const data: fc.Arbitrary<Encodable> = fecEncodingId
  .chain((id) =>
    fc.record({
      fields: fc.record({
        ...senderFields,
        flags: objectFlags,
        fecEncodingId: fc.constant(id),
        toi: bits(16),
        sourceBlockNumber: fc.integer({ min: 0, max: sourceBlockNumberMax(id) }),
        encodingSymbolId: fc.integer({ min: 0, max: encodingSymbolIdMax(id) }),
      }),
      oti: optional(arbitraryOti(id)),
      rateQuantized: optional(bits(16)),
      symbol: content,
    }),
  )
  .map(({ fields, oti, rateQuantized, symbol }) => ({
    name: 'data',
    encode(arena, offset) {
      const message = Object.assign(new DataMessage(), fields);
      const end = encodeDataHeader(arena, offset, message, oti, rateQuantized);
      arena.bytes.set(symbol, end);
      return end + symbol.length;
    },
  }));

const type = <Name extends string>(name: Name): fc.Arbitrary<Name> => fc.constant(name);
const receiverFields = {
  sequence: bits(16),
  sourceId: bits(32),
  senderId: bits(32),
  instanceId: bits(16),
  grttResponse: wireTime,
  feedback: optional(feedback),
  reception: optional(
    fc.record({
      datagramCount: bits(32),
      byteCount: bits(32),
      clockMicros: bits(32),
      waitedMicros: bits(16).map((units) => 16 * units),
    }),
  ),
};

const others: fc.Arbitrary<Message> = fc.oneof(
  fecEncodingId.chain((id) =>
    fc.record({
      type: type('info'),
      ...senderFields,
      flags: objectFlags,
      fecEncodingId: fc.constant(id),
      toi: bits(16),
      oti: optional(arbitraryOti(id)),
      rateQuantized: optional(bits(16)),
      content,
    }),
  ),
  fc.record({
    type: type('flush'),
    ...senderFields,
    position,
    acknowledgingNodeIds: fc.array(bits(32), { maxLength: 6 }),
  }),
  fc.record({ type: type('eot'), ...senderFields }),
  fc.record({ type: type('squelch'), ...senderFields, position, invalidTois: fc.array(bits(16), { maxLength: 6 }) }),
  fc.record({
    type: type('cc'),
    ...senderFields,
    ccSequence: bits(16),
    sendTime: wireTime,
    rateQuantized: optional(bits(16)),
    ccNodes: fc.array(
      fc.record({ nodeId: bits(32), ccFlags: bits(8), ccRttQuantized: bits(8), ccRateQuantized: bits(16) }),
      { maxLength: 4 },
    ),
  }),
  fc.record({
    type: type('repairAdv'),
    ...senderFields,
    flags: bits(8),
    feedback: optional(feedback),
    repairRequests,
  }),
  fc.record({
    type: type('ackReq'),
    ...senderFields,
    ackType: bits(8),
    ackId: bits(8),
    acknowledgingNodeIds: fc.array(bits(32), { maxLength: 6 }),
  }),
  fc.record({ type: type('application'), ...senderFields, content }),
  fc.record({ type: type('nack'), ...receiverFields, repairRequests }),
  fc.record({
    type: type('ack'),
    ...receiverFields,
    ackType: fc.constant(2),
    ackId: bits(8),
    position,
    content: fc.constant(new Uint8Array(0)),
  }),
  fc.record({
    type: type('ack'),
    ...receiverFields,
    ackType: bits(8).filter((ackType) => ackType !== 2),
    ackId: bits(8),
    position: fc.constant(undefined),
    content,
  }),
  fc.record({ type: type('report'), sequence: bits(16), sourceId: bits(32), content }),
);

function encodable(message: Message): Encodable {
  return { name: message.type, encode: (arena, offset) => encodeMessage(arena, offset, message) };
}

/** Any message that can be sent. */
export const arbitraryMessage: fc.Arbitrary<Encodable> = fc.oneof(
  { arbitrary: data, weight: 3 },
  { arbitrary: others.map(encodable), weight: 12 },
);

/** The largest that `arbitraryMessage` encodes to, rounded up. */
export const ARBITRARY_MESSAGE_SIZE_MAX = 1024;

/** The bytes of it, alone. */
export function bytesOf(message: Encodable): Uint8Array {
  const bytes = new Uint8Array(ARBITRARY_MESSAGE_SIZE_MAX);
  const end = message.encode({ bytes, view: new DataView(bytes.buffer) }, 0);
  return bytes.slice(0, end);
}
