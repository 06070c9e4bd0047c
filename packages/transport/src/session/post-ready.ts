import type { UdpSocket } from '../udp/udp-socket.ts';
import type { ThreadLink } from './thread-link.ts';
import type { ThreadMessage } from './thread-messages.ts';
import { fastestKernelName } from '@rollcall/norm';

const NO_KERNEL =
  'this engine has no WebAssembly with SIMD: lost packets are restored in plain JavaScript, which takes many times longer';

/** Tells the main thread that the session is open. From now on the descriptors of its socket are the main thread's. */
export function postReady<Event>(link: ThreadLink<ThreadMessage<Event>>, socket: UdpSocket): void {
  const { localPort, implementation, wakeDescriptor } = socket;
  const warnings = [...socket.warnings, ...(fastestKernelName() === 'javascript' ? [NO_KERNEL] : [])];
  const descriptors = socket.releaseDescriptors();
  link.post({ type: 'ready', facts: { localPort, implementation, warnings }, wakeDescriptor, descriptors });
}
