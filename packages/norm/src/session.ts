import type { DatagramBatch } from './batch.ts';
import type { Micros } from './time.ts';

/**
 * What a sender and a receiver session have in common: five verbs, and nothing that does I/O.
 *
 * Who drives a session (a socket loop, the simulator, a test) does, over and over:
 *
 * 1. `handleDatagrams(now, received)` with what the socket had; the arena may be reused as soon as the call returns. Of a
 *    datagram that is not authentic it makes the peer 0: nothing that it names is to be remembered.
 * 2. `handleTimeout(now)` whenever `pollTimeout()` is not later than `now`. Calling it too often is harmless.
 * 3. `pollTransmit(now, batch)` until it returns 0, sending the batch each time. It appends as many datagrams as the
 *    pacer allows at `now`, as the batch has room for, and counts them as sent: what the socket does not take stays the
 *    driver's to send, in order, before it polls again. An empty batch must have room for the session's longest datagram:
 *    the symbol size (a receiver's feedback is no longer than its sender's symbols) and 84 bytes.
 * 4. `pollEvent()` until undefined. Events are why the application is told anything; they take memory until polled.
 * 5. Sleep until `pollTimeout()` or until a datagram arrives. Undefined: nothing to do until then.
 *
 * Commands (enqueue an object, set the rate, put a range) may be given at any moment between calls; they take effect at
 * the next verb, so poll again (from 3.) after a command instead of sleeping on an old deadline. `pollTimeout()` may
 * answer an instant in the past: then there is something to do now. `now` is monotonic and never goes backwards.
 *
 * Verbs are not reentrant: a port (`ObjectSource`, `ObjectSink`, `onObject`) must not call back into its session.
 */
export interface Session<Event> {
  handleDatagrams(now: Micros, received: DatagramBatch): void;
  handleTimeout(now: Micros): void;
  /** Appends datagrams to `batch`; returns how many. Peer 0 is the session's own destination, the group. */
  pollTransmit(now: Micros, batch: DatagramBatch): number;
  pollTimeout(): Micros | undefined;
  pollEvent(): Event | undefined;
}
