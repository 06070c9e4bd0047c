/**
 * The worker thread of one session: opens its socket, drives it, and ends with it. It loads what its role needs, the
 * native library too, before it is told its configuration: so it may be started ahead of time.
 */
import type { ReceiverConfig, SenderConfig } from './session-config.ts';
import type { ThreadLink } from './thread-link.ts';
import type { ThreadBegin, ThreadMessage, ThreadStart } from './thread-messages.ts';
import { once } from 'node:events';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { failureOf } from './failure.ts';
import { loadLibc } from '../udp/native/libc.ts';

if (!parentPort) throw new Error('this module belongs to a worker thread');
void serve(parentPort, workerData as ThreadStart['role']);

async function serve(port: MessagePort, role: ThreadStart['role']): Promise<void> {
  const begun = once(port, 'message') as Promise<[ThreadBegin | null]>;
  const post = (message: ThreadMessage<unknown>): void => port.postMessage(message);
  try {
    const run = role === 'sender' ? await prepareSender() : await prepareReceiver();
    loadLibc();
    const [begin] = await begun;
    if (begin !== null) {
      const { config, seed, commands } = begin;
      await run(config, seed, { post, take: () => receiveMessageOnPort(commands)?.message });
    }
  } catch (error) {
    post({ type: 'failed', failure: failureOf(error) });
  }
  port.close();
}

type Run = (config: ThreadBegin['config'], seed: number, link: ThreadLink<ThreadMessage<unknown>>) => Promise<void>;

async function prepareSender(): Promise<Run> {
  const { runSender } = await import('./run-sender.ts');
  return (config, seed, link) => runSender(config as SenderConfig, seed, link);
}

async function prepareReceiver(): Promise<Run> {
  const { runReceiver } = await import('./run-receiver.ts');
  return (config, seed, link) => runReceiver(config as ReceiverConfig, seed, link);
}
