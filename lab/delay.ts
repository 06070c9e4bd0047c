import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CommandFailedError, command } from './command.ts';

const WIRE = fileURLToPath(new URL('delay-wire.ts', import.meta.url));
/** Starting Node.js takes a tenth of this on an idle machine. */
const START_TIMEOUT_MILLIS = 10_000;
const POLL_MILLIS = 20;
const ENDS = 2;

/** A longer one would hold more frames than the wire has room for, and no network has it. */
export const DELAY_MILLIS_MAX = 1000;

/**
 * Joins two interfaces of a namespace by a wire that takes its time, one way as the other: a program, for not every
 * kernel has netem. Returns when frames pass. The program ends with the processes of its namespace.
 *
 * Who sends through it must make whole checksums (`tx off`): the program gets frames as they are in memory.
 */
export function startDelayWire(namespace: string, interfaces: readonly [string, string], delayMillis: number): void {
  const micros = String(Math.round(delayMillis * 1000));
  const args = ['netns', 'exec', namespace, process.execPath, WIRE, micros, ...interfaces];
  const child = spawn('ip', args, { stdio: 'ignore', detached: true });
  child.unref();
  const deadline = performance.now() + START_TIMEOUT_MILLIS;
  while (packetSocketCount(namespace) < ENDS) {
    if (performance.now() > deadline) {
      throw new CommandFailedError(`the wire did not start: ip ${args.join(' ')}`);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MILLIS);
  }
}

/** Of the namespace, less the line of headings. */
function packetSocketCount(namespace: string): number {
  const lines = command('ip', ['netns', 'exec', namespace, 'cat', '/proc/net/packet']).trim().split('\n');
  return lines.length - 1;
}
