import type { ByteRange, FecSetting, ObjectKind, ReceiverAuthentication, SenderAuthentication } from '@rollcall/norm';
import type { LeafEncryption } from '../content/leaf-cipher.ts';
import type { UdpSocketOptions } from '../udp/udp-socket.ts';
import type { ObjectContent } from './object-content.ts';

/** The network side of a session: what its socket needs, but for the role. */
export type SessionNetwork = Omit<UdpSocketOptions, 'role' | 'hearGroup'> & {
  /** Default: native where it exists. */
  readonly implementation?: 'native' | 'portable' | undefined;
};

export interface SenderObject {
  readonly content: ObjectContent;
  /** Application's description, sent as NORM_INFO; at most a symbol long. */
  readonly info?: Uint8Array;
  readonly kind?: ObjectKind;
  /** Bytes to send unasked. Default: all. */
  readonly ranges?: readonly ByteRange[];
  /** Tell its SHA-256 by an `objectDigested` event once all of it has been sent, or that the session does not make it. Default: no. */
  readonly isDigested?: boolean;
}

/** Everything can be cloned into the worker thread. */
export interface SenderConfig {
  readonly network: SessionNetwork;
  readonly nodeId: number;
  /** 16 bits; another one for each life of this node. */
  readonly instanceId: number;
  /** On the line, Ethernet's framing included: 1 Gbit/s fills a gigabit link. 'auto': as much as the receivers' paths take. */
  readonly rateBitsPerSecond: number | 'auto';
  /** An upper bound, likewise. Default: none. */
  readonly rateMaxBitsPerSecond?: number;
  /** Default: what fills a datagram of the family's usual MTU. */
  readonly symbolSize?: number;
  readonly fec: FecSetting;
  readonly feedback?: 'unicast' | 'multicast';
  readonly grttMicros?: number;
  readonly backoffFactor?: number;
  readonly groupSize?: number;
  readonly robustFactor?: number;
  readonly firstToi?: number;
  /** How a receiver that is far worse than the rest is served. Default: like everybody. */
  readonly stragglers?: 'serve' | 'serveLast' | 'leave';
  /** Keys, with which every datagram is signed. Default: none. */
  readonly authentication?: SenderAuthentication;
  /** In the order in which they are sent; more may be enqueued later. */
  readonly objects: readonly SenderObject[];
}

/** An object that a receiver was told to expect. */
export interface ExpectedObject {
  readonly toi: number;
  readonly size: number;
  readonly target: { readonly path: string } | 'memory';
  /** Bytes that the target has already, verified; of an encrypted object whole leaves, in plaintext. */
  readonly held?: readonly ByteRange[];
  /** Verify each leaf against the leaf table; without, bytes are taken as they come. */
  readonly leaves?: {
    readonly leafSize: number;
    readonly table?: Uint8Array;
    /** The leaves are encrypted, and their tags are in the table: what is verified is plaintext in the target. */
    readonly encryption?: LeafEncryption;
    /** Of encrypted leaves compare the hashes too: somebody who has the key has forged a tag before. Default: no. */
    readonly areHashesCompared?: boolean;
  };
}

export interface ReceiverConfig {
  readonly network: SessionNetwork;
  readonly nodeId: number;
  /** Hear only this sender, and only this life of it. */
  readonly sender?: { readonly nodeId: number; readonly instanceId?: number };
  readonly repairPolicy?: 'object' | 'block';
  readonly feedback?: 'unicast' | 'multicast';
  readonly silent?: boolean;
  readonly firstToi?: number;
  /** Keys: only what `sender` signed is heard. Default: none. */
  readonly authentication?: ReceiverAuthentication;
  readonly objects: readonly ExpectedObject[];
  /** Take objects that nobody expected into files of this folder, each named by the `objectAnnounced` event. Default: ignore. */
  readonly unexpected?: {
    readonly folder: string;
    readonly namePrefix: string;
    /** Tell the SHA-256 of each that is complete by an `objectDigested` event, or that the session does not make it. Default: no. */
    readonly areDigested?: boolean;
  };
}
