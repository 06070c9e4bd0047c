/** The worker thread of one session: opens its socket, drives it, and ends with it. */
import type { ThreadMessage, ThreadStart } from './thread-messages.ts';
import { enableCompileCache } from 'node:module';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { failureOf } from './failure.ts';

const port = parentPort;
if (!port) throw new Error('this module is the entry of a worker thread');
const start = workerData as ThreadStart;

const link = {
  post: (message: ThreadMessage<unknown>): void => port.postMessage(message),
  take: (): unknown => receiveMessageOnPort(port)?.message,
};

// A thread has a cache of its own. With it, and with one role's modules alone, it begins in a third of the time.
enableCompileCache();
try {
  if (start.role === 'sender') await (await import('./run-sender.ts')).runSender(start.config, link);
  else await (await import('./run-receiver.ts')).runReceiver(start.config, link);
} catch (error) {
  link.post({ type: 'failed', failure: failureOf(error) });
}
port.close();
