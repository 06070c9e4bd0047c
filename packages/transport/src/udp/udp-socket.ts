import type { DatagramBatch } from '@rollcall/norm';
import type { Endpoint } from './endpoint.ts';

export interface UdpSocketOptions {
  /** A sender has a port of its own, from which it sends and on which it hears feedback; a receiver has the group's. */
  readonly role: 'sender' | 'receiver';
  readonly mode: 'multicast' | 'broadcast';
  /** Where the session's datagrams go: a multicast group or a broadcast address. */
  readonly group: Endpoint;
  /** Source-specific multicast: hear the group from this sender alone. */
  readonly source?: string | undefined;
  /** Name or address. Default: the interface of the default route. */
  readonly interface?: string | undefined;
  /** How many routers multicast may cross, plus one. Default 1: it stays on the link. */
  readonly ttl?: number | undefined;
  /** Sender: also hear what is sent to the group, for receivers that multicast their feedback. */
  readonly hearGroup?: boolean | undefined;
}

/** What a socket lost by itself since it was opened, datagram by datagram. */
export interface UdpSocketCounts {
  /** Lost because the receive buffer was full: the session fell behind. Undefined where the system does not tell. */
  readonly overrunCount: number | undefined;
  /** Longer than a slot of the batch. */
  readonly truncatedCount: number;
  /** Came by another interface, or to another address, than the session's. */
  readonly misdirectedCount: number;
}

/**
 * The datagrams of one session.
 *
 * Handle 0 is the group; a handle above 0 came with a received datagram. Loss is normal: what the network refuses at
 * the moment (no route, link down, filtered) counts as sent and lost, and `trouble` says so.
 */
export interface UdpSocket {
  readonly implementation: 'native' | 'portable';
  readonly localPort: number;
  /** What the operator should know: a receive buffer smaller than wanted. */
  readonly warnings: readonly string[];
  /** Why the network takes or brings nothing at the moment: its last refusal until a datagram goes out again, or an interface that is gone. */
  readonly trouble: string | undefined;
  /** How many datagrams of a full frame it keeps until they are taken. */
  readonly roomDatagrams: number;
  /** Whether the last `receive` probably left something behind. A batch of which some was dropped is not full, yet more waits. */
  readonly hasMore: boolean;

  /** Takes what has arrived, without waiting. Overwrites the batch; returns how many. */
  receive(batch: DatagramBatch): number;

  /** After a session has read the batch: remembers the addresses that it has left in it. Others are soon forgotten. */
  keepPeers(batch: DatagramBatch): void;

  /** Hands over datagrams of the batch from index `first` on. Returns how many were taken; fewer when the kernel is full. */
  send(batch: DatagramBatch, first: number): number;

  /**
   * Waits until a datagram is there, `wake` was called from another thread, or the time is over. `forWrite` waits for
   * room to send as well; `nap` does not wake for datagrams. Blocks the thread when it returns nothing.
   */
  wait(timeoutMicros: number, how?: { readonly forWrite?: boolean; readonly nap?: boolean }): void | Promise<void>;

  /** The longest burst that leaves in one piece, in bytes of payload; a datagram may be longer. Default: a super-packet. */
  setBurstMax(bytes: number): void;

  /**
   * To be called about once a second. An interface that was taken away and came back has forgotten the group: joins it
   * again, and sends by it again.
   */
  checkInterface(): void;

  counts(): UdpSocketCounts;

  /** The address behind a handle, while it is known. */
  address(peer: number): Endpoint | undefined;

  /** Eight bytes written to this descriptor end a wait. Absent where waiting does not block the thread. */
  readonly wakeDescriptor: number | undefined;

  /**
   * Hands over the descriptors: `close` leaves them open, and whoever got them closes them once this thread has ended.
   * So they are closed even when the thread is ended by force. None where they end with the thread anyway.
   */
  releaseDescriptors(): readonly number[];

  close(): void;
}
