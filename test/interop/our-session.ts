/** One of our sessions in this process, driven by the product's own loop over a real socket on the loopback. */
import type { Session } from '@rollcall/norm';
import type { Endpoint } from '@rollcall/transport';
import { monotonicClock, openUdpSocket } from '@rollcall/transport';
import { driveSession } from '../../packages/transport/src/session/drive-session.ts';
import { RECEIVE_SLOT_SIZE_BYTES } from '../../packages/transport/src/limits.ts';
import { LossySocket } from './lossy-socket.ts';

/** Longer than any datagram of these tests. */
const DATAGRAM_SIZE_MAX = 2048;

export interface OurSession<Event> {
  readonly events: readonly Event[];
  readonly socket: LossySocket;
  /** Resolves when an event says so; fails after the time. */
  readonly ended: Promise<void>;
}

export async function startOurSession<Event extends { readonly type: string }>(options: {
  readonly session: Session<Event>;
  readonly role: 'sender' | 'receiver';
  readonly group: Endpoint;
  /** Default: native, which sends and takes super-packets. */
  readonly implementation?: 'native' | 'portable' | undefined;
  readonly lossFraction: number;
  readonly isCapturing: boolean;
  readonly seed: number;
  readonly timeoutMillis: number;
  /** Also where commands are given to the session; true ends it. */
  readonly onEvent: (event: Event) => boolean;
  /** Asked again and again; true ends it. */
  readonly isOver?: () => boolean;
}): Promise<OurSession<Event>> {
  const { session, group, onEvent } = options;
  const socket = new LossySocket(
    await openUdpSocket({
      role: options.role,
      mode: 'multicast',
      group,
      interface: 'lo',
      hearGroup: true,
      implementation: options.implementation ?? 'native',
    }),
    options,
  );
  const events: Event[] = [];
  const deadline = performance.now() + options.timeoutMillis;
  let isOver = false;
  let isLate = false;
  const ended = driveSession({
    session,
    socket,
    clock: monotonicClock,
    receiveSizeMaxBytes: RECEIVE_SLOT_SIZE_BYTES,
    sendSizeMaxBytes: DATAGRAM_SIZE_MAX,
    sent: { datagrams: 0, bytes: 0 },
    driver: {
      handleCommands() {},
      handleEvent(event) {
        if (event.type !== 'rangeWritten') events.push(event);
        if (onEvent(event)) isOver = true;
      },
      handleTimeout() {
        isLate = performance.now() > deadline;
        if (options.isOver?.() === true) isOver = true;
        return undefined;
      },
      isOver: () => isOver || isLate,
    },
  }).then(() => {
    socket.close();
    if (isOver) return;
    const seen = events.slice(-20).map((event) => event.type);
    throw new Error(`our ${options.role} did not end in ${options.timeoutMillis} ms; last events: ${seen.join(' ')}`);
  });
  return { events, socket, ended };
}
