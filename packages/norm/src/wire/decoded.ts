/**
 * What a decoder answers. A datagram is somebody else's bytes: whatever is wrong with it is a value, never a throw.
 *
 * The failures are made once and shared, so that a storm of bad datagrams allocates nothing.
 */
export type Decoded<Message> = { readonly ok: true; readonly message: Message } | DecodeFailed;

/** The answer of a decoder that filled an object passed in. */
export type DecodedInto = DecodedOk | DecodeFailed;

export interface DecodedOk {
  readonly ok: true;
}

export interface DecodeFailed {
  readonly ok: false;
  readonly reason: DecodeFailure;
}

/** Every reason to refuse a datagram, and what it means. docs/PROTOCOL.md lists the same names. */
export const DECODE_FAILURES = {
  truncated: 'ends before its fixed fields do',
  oversized: 'longer than a UDP datagram can be',
  version: 'not version 1',
  unknownType: 'a message type that RFC 5740 does not name',
  unknownFlavor: 'a command flavor that RFC 5740 does not name',
  unexpectedType: 'another message than the one that was asked for',
  headerLength: 'header length shorter than the fixed header or longer than the datagram',
  extensionLength: 'a header extension of zero length, or one that runs over the end of the header',
  extensionSize: 'a known header extension with a size that is not its own',
  extensionRepeated: 'the same header extension twice',
  extensionPlace: 'a header extension that needs a field which this message lacks',
  unsupportedFec: 'FEC encoding id other than 0 and 5',
  objectInformation: 'object transmission information that no object can have',
  payloadLength: 'a payload longer than the symbol size that the same message states',
  listLength: 'a list whose bytes are not a whole number of items',
  repairForm: 'a repair request of an unknown form',
  repairLength: 'a repair request that is cut short or not a whole number of items',
  acknowledgementLength: 'a flush acknowledgement whose content is not a position',
} as const;

export type DecodeFailure = keyof typeof DECODE_FAILURES;

/** The one success of decoders that fill an object passed in. */
export const DECODED: DecodedOk = Object.freeze({ ok: true });

const FAILED = Object.freeze(
  Object.fromEntries(
    Object.keys(DECODE_FAILURES).map((reason) => [reason, Object.freeze({ ok: false as const, reason })]),
  ),
) as Readonly<Record<DecodeFailure, DecodeFailed>>;

export function failed(reason: DecodeFailure): DecodeFailed {
  return FAILED[reason];
}
