/** The worker thread of one session: opens its socket, drives it, and ends with it. */
import type { ThreadMessage, ThreadStart } from './thread-messages.ts';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { failureOf } from './failure.ts';
import { runReceiver } from './run-receiver.ts';
import { runSender } from './run-sender.ts';

const port = parentPort;
if (!port) throw new Error('this module is the entry of a worker thread');
const start = workerData as ThreadStart;

const link = {
  post: (message: ThreadMessage<unknown>): void => port.postMessage(message),
  take: (): unknown => receiveMessageOnPort(port)?.message,
};

try {
  await (start.role === 'sender' ? runSender(start.config, link) : runReceiver(start.config, link));
} catch (error) {
  link.post({ type: 'failed', failure: failureOf(error) });
}
port.close();
