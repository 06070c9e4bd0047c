import type { Session } from '@rollcall/norm';
import type { Clock } from '../clock.ts';
import type { UdpSocket } from '../udp/udp-socket.ts';
import { DatagramBatch } from '@rollcall/norm';
import {
  INTERFACE_CHECK_MICROS,
  RECEIVE_BATCH_DATAGRAMS,
  SEND_BATCH_DATAGRAMS,
  SEND_QUANTUM_MICROS,
  SEND_ROUNDS_MAX,
  WAIT_MAX_MICROS,
  WAIT_WITHOUT_WAKE_MAX_MICROS,
} from '../limits.ts';
import { NapSchedule } from './nap-schedule.ts';

/** What the loop serves beside the session itself: the application's side in this thread. */
export interface Driver<Event> {
  /** Applies the commands that have come; the session is polled after it. */
  handleCommands(): void;
  handleEvent(event: Event, now: number): void;
  /**
   * The shell's own work that is due: reports, figures, verifying. `isBusy`: more datagrams wait than were taken, or to
   * send takes most of the time, and what can wait should. Returns when it wants to be called again.
   */
  handleTimeout(now: number, isBusy: boolean): number | undefined;
  /** Asked once in each round; true ends the loop. */
  isOver(): boolean;
}

export interface DriveOptions<Event> {
  readonly session: Session<Event>;
  readonly socket: UdpSocket;
  readonly clock: Clock;
  readonly driver: Driver<Event>;
  /** Room for the longest datagram that may come, and that may go. */
  readonly receiveSizeMaxBytes: number;
  readonly sendSizeMaxBytes: number;
  /** What went out, counted here because a session does not see what becomes of its datagrams. */
  readonly sent: { datagrams: number; bytes: number };
}

/**
 * The one loop that drives a session over a socket. It sleeps whenever there is nothing to do, and not for less than the
 * hardware is worth: a sender lets its pacer gather a millisecond's datagrams, a busy receiver naps. Deadlines of the
 * session are met all the same, because they bound the naps.
 */
export async function driveSession<Event>(options: DriveOptions<Event>): Promise<void> {
  const { session, socket, clock, driver, sent } = options;
  const incoming = new DatagramBatch(RECEIVE_BATCH_DATAGRAMS, options.receiveSizeMaxBytes);
  const outgoing = new DatagramBatch(SEND_BATCH_DATAGRAMS, options.sendSizeMaxBytes);
  const naps = new NapSchedule(socket.roomDatagrams);
  let firstUnsent = 0;
  let nextCheckAt = clock.now() + INTERFACE_CHECK_MICROS;

  /** `full`: the kernel takes no more at the moment. `more`: there is more to send, but it is time to look at feedback. */
  function transmit(now: number): 'done' | 'full' | 'more' {
    for (let round = 0; round < SEND_ROUNDS_MAX; round++) {
      if (firstUnsent === outgoing.count) {
        outgoing.clear();
        firstUnsent = 0;
        if (session.pollTransmit(now, outgoing) === 0) return 'done';
      }
      const taken = socket.send(outgoing, firstUnsent);
      for (let index = firstUnsent; index < firstUnsent + taken; index++) sent.bytes += outgoing.lengths[index] ?? 0;
      sent.datagrams += taken;
      firstUnsent += taken;
      if (firstUnsent < outgoing.count) return 'full';
    }
    return 'more';
  }

  function receive(): number {
    const received = socket.receive(incoming);
    if (received > 0) {
      session.handleDatagrams(clock.now(), incoming);
      socket.keepPeers(incoming);
    }
    return received;
  }

  while (!driver.isOver()) {
    driver.handleCommands();
    const received = receive();
    const now = clock.now();
    const due = session.pollTimeout();
    if (due !== undefined && due <= now) session.handleTimeout(now);
    const sentBefore = sent.datagrams;
    const outcome = transmit(now);
    for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) {
      driver.handleEvent(event, now);
    }
    // To send took most of the time until more may go, or all of it.
    const isSending =
      outcome === 'more' || (sent.datagrams > sentBefore && clock.now() - now > SEND_QUANTUM_MICROS / 2);
    const nextReport = driver.handleTimeout(now, socket.hasMore || isSending);
    if (now >= nextCheckAt) {
      nextCheckAt = now + INTERFACE_CHECK_MICROS;
      socket.checkInterface();
    }
    if (socket.hasMore || driver.isOver()) continue;

    const waitMax = socket.wakeDescriptor === undefined ? WAIT_WITHOUT_WAKE_MAX_MICROS : WAIT_MAX_MICROS;
    const deadline = Math.min(session.pollTimeout() ?? Infinity, nextReport ?? Infinity);
    let timeout = Math.min(deadline - clock.now(), waitMax);
    if (outcome === 'more') timeout = 0;
    // From its beginning: to send may itself take the most of it.
    else if (sent.datagrams > sentBefore) timeout = Math.max(timeout, now + SEND_QUANTUM_MICROS - clock.now());
    const nap = naps.next(clock.now(), received);
    if (timeout <= 0 && socket.implementation === 'native') continue;
    const wait =
      nap > 0 && outcome === 'done'
        ? socket.wait(Math.min(nap, Math.max(0, timeout)), { nap: true })
        : socket.wait(Math.max(0, timeout), { forWrite: outcome === 'full' });
    if (wait) await wait;
  }
}
