/**
 * The worker thread of one session: opens its socket, drives it, and ends with it. It loads what its role needs, the
 * native library too, before it is told its configuration: so it may be started ahead of time.
 */
import type { ReceiverConfig, SenderConfig } from './session-config.ts';
import type { ThreadLink } from './thread-link.ts';
import type { ThreadBegin, ThreadMessage, ThreadStart } from './thread-messages.ts';
import { once } from 'node:events';
import { enableCompileCache } from 'node:module';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { failureOf } from './failure.ts';
import { loadLibc } from '../udp/native/libc.ts';

const port = parentPort;
if (!port) throw new Error('this module is the entry of a worker thread');
const role = workerData as ThreadStart['role'];
const begun = once(port, 'message') as Promise<[ThreadBegin]>;
const post = (message: ThreadMessage<unknown>): void => port.postMessage(message);

// A thread has a cache of its own. With it, and with one role's modules alone, it begins in a third of the time.
enableCompileCache();
try {
  const run = role === 'sender' ? await prepareSender() : await prepareReceiver();
  loadLibc();
  const [{ config, commands }] = await begun;
  await run(config, { post, take: () => receiveMessageOnPort(commands)?.message });
} catch (error) {
  post({ type: 'failed', failure: failureOf(error) });
}
port.close();

type Run = (config: ThreadBegin['config'], link: ThreadLink<ThreadMessage<unknown>>) => Promise<void>;

async function prepareSender(): Promise<Run> {
  const { runSender } = await import('./run-sender.ts');
  return (config, link) => runSender(config as SenderConfig, link);
}

async function prepareReceiver(): Promise<Run> {
  const { runReceiver } = await import('./run-receiver.ts');
  return (config, link) => runReceiver(config as ReceiverConfig, link);
}
