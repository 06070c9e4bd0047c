import type { SessionNetwork } from '../session/session-config.ts';

/** What both ends of a cast are told: plain NORM, no server, no task, no keys. */
export interface CastOptions {
  readonly network: SessionNetwork;
  /** Ends the cast: the other end is told, partial files are removed, the promise rejects with code `aborted`. */
  readonly signal?: AbortSignal;
  /** Also hear (send) requests on the group, as receivers of the any-source model send them. Default: unicast. */
  readonly feedback?: 'unicast' | 'multicast';
}

export interface CastSendOptions extends CastOptions {
  readonly file: string;
  /** On the line, Ethernet's framing included: 1 Gbit/s fills a gigabit link. 'auto': as much as the receivers' paths take. */
  readonly rateBitsPerSecond: number | 'auto';
  /** An upper bound, likewise. Default: none. */
  readonly rateMaxBitsPerSecond?: number;
  /** Wait until so many receivers have confirmed that they hold the whole file. Default: send, repair, end. */
  readonly receivers?: number;
  /**
   * How long to wait without any sign of a receiver while confirmations are missing: from the beginning until one is heard,
   * then from the end of the file. Default: for ever at the beginning, 30 s at the end.
   */
  readonly timeoutMs?: number;
  /** Parity sent unasked with each block. Default: as much as recent blocks needed. */
  readonly parity?: number | 'auto';
  /** Source symbols of a block. Default: by the rate. */
  readonly blockLength?: number;
  /** Parity symbols that a block has for repair. 0 makes repairs of source symbols alone. */
  readonly repairSymbolCount?: number;
  readonly symbolSize?: number;
}

export interface CastReceiveOptions extends CastOptions {
  /** A folder, or the file to write. A folder that exists, or a name that ends with "/", gets the sender's file name. */
  readonly out: string;
  /** How long to wait for a sender. Default: for ever. */
  readonly waitTimeoutMs?: number;
  /** How long to wait without any progress once a file has begun. Default: a minute, or `waitTimeoutMs` if that is shorter. */
  readonly stallTimeoutMs?: number;
}

export interface CastProgress {
  /** Sender: sent at least once. Receiver: in the file. */
  readonly doneBytes: number;
  /** Undefined before a receiver has heard of a file. */
  readonly totalBytes: number | undefined;
  readonly repairBytes: number;
  /** Of a sender: the rate of now, on the line. */
  readonly rateBitsPerSecond?: number;
  /** Receivers that have confirmed, of those that were heard. */
  readonly confirmed: number;
  readonly heard: number;
  /** Of a sender: the receivers that it waits for, when after a moment fewer were heard. */
  readonly awaited?: number;
  /** The transfer is over: what is left is the digest of what nobody has had time to hash meanwhile. */
  readonly isDigesting?: boolean;
  /** What the operator should know, once each. */
  readonly notice?: string;
}

/** The JSON of `rollcall cast`. */
export interface CastResult {
  readonly bytes: number;
  readonly seconds: number;
  /** Sender: what left the host, with IP and UDP headers. Receiver: what arrived of the sender, likewise. */
  readonly wireBytes: number;
  readonly nacks: number;
  /** Sender: repair symbols sent. Receiver: symbols that the code restored. */
  readonly repairs: number;
  /** Sender: receivers that confirmed (with `receivers`), else that were heard. Receiver: 1. */
  readonly receivers: number;
  readonly sha256: string;
}

export interface CastReceiveResult extends CastResult {
  /** Datagrams that this machine lost because its receive buffer was full; null where the system does not tell. */
  readonly overruns: number | null;
  /** Where it is. */
  readonly path: string;
}
