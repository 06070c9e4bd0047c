import type { SessionNetwork } from '../session/session-config.ts';

/** Tells what the operator should know: lost datagrams, a small buffer. */
export type OnNotice = (notice: string) => void;

/** What both ends of a cast are told: plain NORM, no server, no task, no keys. */
export interface CastOptions extends Omit<SessionNetwork, 'mode'> {
  readonly mode?: 'multicast' | 'broadcast';
  /** Ends the cast: the other end is told, partial files are removed, the promise rejects with code `aborted`. */
  readonly signal?: AbortSignal;
  /** Also hear (send) requests on the group, as receivers of the any-source model send them. Default: unicast. */
  readonly feedback?: 'unicast' | 'multicast';
}

export interface CastSendOptions extends CastOptions {
  readonly file: string;
  /** On the line, Ethernet's framing included: 1 Gbit/s fills a gigabit link. */
  readonly rateBitsPerSecond: number;
  /** Wait until so many receivers have confirmed that they hold the whole file. Default: send, repair, end. */
  readonly receivers?: number;
  /** How long to wait without any sign of a receiver while confirmations are missing. Default 30 s. */
  readonly timeoutMs?: number;
  /** Parity sent unasked with each block. Default: as much as recent blocks needed. */
  readonly parity?: number | 'auto';
  /** Source symbols of a block. */
  readonly blockLength?: number;
  /** Parity symbols that a block has for repair. 0 makes repairs of source symbols alone. */
  readonly repairSymbolCount?: number;
  readonly symbolSize?: number;
}

export interface CastReceiveOptions extends CastOptions {
  /** A folder, or the file to write. A folder that exists, or a name that ends with "/", gets the sender's file name. */
  readonly out: string;
  /** How long to wait when nothing is heard. Default: for ever for a sender, a minute for the rest of a begun file. */
  readonly timeoutMs?: number;
}

export interface CastProgress {
  /** Sender: sent at least once. Receiver: in the file. */
  readonly bytes: number;
  readonly size: number;
  readonly repairBytes: number;
  /** Receivers that have confirmed, of those that were heard. */
  readonly confirmed: number;
  readonly heard: number;
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
  /** Where it is. */
  readonly file: string;
}
