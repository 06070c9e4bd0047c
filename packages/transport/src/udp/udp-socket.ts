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
  /** The last reason for which the network refused a datagram; undefined once one went out again. */
  readonly trouble: string | undefined;

  /** Takes what has arrived, without waiting. Overwrites the batch; returns how many. */
  receive(batch: DatagramBatch): number;

  /** Hands over datagrams of the batch from index `first` on. Returns how many were taken; fewer when the kernel is full. */
  send(batch: DatagramBatch, first: number): number;

  /**
   * Waits until a datagram is there, `wake` was called from another thread, or the time is over. `forWrite` waits for
   * room to send as well; `nap` does not wake for datagrams. Blocks the thread when it returns nothing.
   */
  wait(timeoutMicros: number, how?: { readonly forWrite?: boolean; readonly nap?: boolean }): void | Promise<void>;

  /** The address behind a handle, while it is known. */
  address(peer: number): Endpoint | undefined;

  /** Eight bytes written to this descriptor end a wait. Absent where waiting does not block the thread. */
  readonly wakeDescriptor: number | undefined;

  close(): void;
}
