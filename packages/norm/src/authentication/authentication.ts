import { isMacKey } from './datagram-mac.ts';

/**
 * Keys of a session's sender. With them it signs every message, and listens to no feedback that is not signed; without,
 * nothing changes on the wire.
 */
export interface SenderAuthentication {
  /** 16 bytes, shared with the receivers, never used in another session. */
  readonly senderKey: Uint8Array;
  /** 16 bytes of the sender's own: each receiver's key is derived from it, see `feedbackKeyOf`. */
  readonly feedbackSecret: Uint8Array;
}

/** Keys of one receiver. With them it listens to nothing but its sender's signed messages, and signs its feedback. */
export interface ReceiverAuthentication {
  readonly senderKey: Uint8Array;
  /** 16 bytes, of this node alone. */
  readonly feedbackKey: Uint8Array;
  /** How often the sender's sequence had rolled over when the keys were given out: what is older is not taken. */
  readonly senderRollover: number;
  /** Another one, each time this node begins anew under the same key: its own sequence goes on after that of before. */
  readonly feedbackRollover: number;
}

export function checkSenderAuthentication({ senderKey, feedbackSecret }: SenderAuthentication): void {
  if (!isMacKey(senderKey) || !isMacKey(feedbackSecret)) throw new RangeError('keys have 16 bytes');
}

export function checkReceiverAuthentication(authentication: ReceiverAuthentication): void {
  const { senderKey, feedbackKey, senderRollover, feedbackRollover } = authentication;
  if (!isMacKey(senderKey) || !isMacKey(feedbackKey)) throw new RangeError('keys have 16 bytes');
  if (!isRollover(senderRollover) || !isRollover(feedbackRollover))
    throw new RangeError('roll-over count out of range');
}

/** An extended sequence stays a number that arithmetic is exact for. */
function isRollover(count: number): boolean {
  return Number.isInteger(count) && count >= 0 && count < 2 ** 32;
}
