import type { ReceiverAuthentication } from '../authentication/authentication.ts';
import type { CreateFecCodec } from '../fec/fec-codec.ts';
import type { ObjectKind, ObjectSink } from '../object/object-port.ts';
import type { ByteRange } from '../range-set.ts';
import type { Micros } from '../time.ts';

/** An object that a sender has begun to send. Its INFO, if it has one, comes later, as an event. */
export interface ObjectAnnouncement {
  readonly senderId: number;
  readonly instanceId: number;
  readonly toi: number;
  readonly size: number;
  readonly symbolSize: number;
  readonly blockLength: number;
  readonly repairSymbolCount: number;
  readonly hasInfo: boolean;
  readonly kind: ObjectKind;
}

export interface ObjectReception {
  readonly sink: ObjectSink;
  /** Byte ranges that the sink already has: not asked for, not written again. */
  readonly held?: readonly ByteRange[];
}

export interface ReceiverOptions {
  /** 1 to 0xfffffffe; unique among those that speak on the group. */
  readonly nodeId: number;
  readonly seed: number;
  /** Decides on an object: where to put it, or undefined to ignore it. Size and block parameters are within the limits. */
  readonly onObject: (announcement: ObjectAnnouncement) => ObjectReception | undefined;
  /**
   * 'object' (default): asks for every byte of each object that it hears of. 'block': asks for what was sent since it
   * joined, so that a late joiner does not hold up the others; it ends with a gap at the front.
   */
  readonly repairPolicy?: 'object' | 'block';
  /** Hear only this sender, and only this life of it: what the manifest said. Default: everyone. */
  readonly sender?: { readonly nodeId: number; readonly instanceId?: number };
  /** The object that the session begins with: lets a receiver that missed it entirely ask for it. Default: the first heard. */
  readonly firstToi?: number;
  /** Where NACK and ACK go: to the source of the sender's datagrams (default), or to the group. */
  readonly feedback?: 'unicast' | 'multicast';
  /** Never send anything: for a listener without a way back. Default false. */
  readonly silent?: boolean;
  /** Memory for incomplete blocks. When it is used up, received symbols wait in the sink instead. */
  readonly blockMemoryBytes?: number;
  /** Block buffers and erasure code. Default: Reed-Solomon, as the FEC encoding id says. */
  readonly createCodec?: CreateFecCodec;
  /** Silence after which `senderInactive` is reported. Default: 20 × 2 × GRTT, at least 3 s. */
  readonly inactivityMicros?: Micros;
  /**
   * Hear only what `sender` has signed, which has to be named then, with its instance; sign what is sent. Only where
   * feedback is unicast. Default: neither.
   */
  readonly authentication?: ReceiverAuthentication;
}
