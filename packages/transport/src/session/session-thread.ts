import type { Failure } from './session-events.ts';
import type { SessionFacts, ThreadBegin, ThreadMessage, ThreadStart } from './thread-messages.ts';
import { once } from 'node:events';
import { closeSync, writeSync } from 'node:fs';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { TransportError } from '../transport-error.ts';

const ONE = new Uint8Array(new BigUint64Array([1n]).buffer);
const CLOSE_PATIENCE_MS = 5000;

/** What an operator was told already. There are few: each is of this machine, not of a session. */
const told = new Set<string>();

function untold(warnings: readonly string[]): readonly string[] {
  const fresh = warnings.filter((warning) => !told.has(warning));
  for (const warning of fresh) told.add(warning);
  return fresh;
}

type Role = ThreadStart['role'];

/** Started ahead of time, and not in use yet. */
let prepared: { readonly role: Role; readonly worker: Worker } | undefined;

/**
 * Starts the thread of a session that is about to be asked for, so that it loads while this thread reads its options. It
 * keeps no process alive that has no session in the end.
 */
export function prepareSessionThread(role: Role): void {
  if (prepared) return;
  prepared = { role, worker: newWorker(role) };
  prepared.worker.unref();
}

/**
 * Ends a thread that was started ahead of time and for which there was no session. It loads to its end first: to end it by
 * force while its native library loads would end the process with it.
 */
export async function dismissSessionThread(): Promise<void> {
  if (!prepared) return;
  const { worker } = prepared;
  prepared = undefined;
  // Whatever its end is like, it is no concern of a command that has had its own.
  const ended = once(worker, 'exit').catch(() => undefined);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
  worker.postMessage(null);
  worker.ref();
  await ended;
}

function takeWorker(role: Role): Worker {
  if (prepared?.role !== role) return newWorker(role);
  const { worker } = prepared;
  prepared = undefined;
  worker.ref();
  return worker;
}

function newWorker(role: Role): Worker {
  // Beside the source this is TypeScript, in a bundle JavaScript.
  const entry = import.meta.url.endsWith('.ts') ? './session-worker.ts' : './session-worker.js';
  return new Worker(new URL(entry, import.meta.url), { workerData: role });
}

/** The main thread's end of a session's worker thread. */
export class SessionThread<Command, Message> {
  /** Settles when the thread has ended: with an error when the session failed. */
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #commands: MessagePort;
  readonly #ready = Promise.withResolvers<SessionFacts>();
  #wakeDescriptor: number | undefined;
  #descriptors: readonly number[] = [];
  #failure: Failure | undefined;
  #patience: NodeJS.Timeout | undefined;

  constructor(start: ThreadStart, onMessage: (message: Message) => void) {
    this.#worker = takeWorker(start.role);
    const { port1, port2 } = new MessageChannel();
    this.#commands = port1;
    const begin: ThreadBegin = { config: start.config, seed: start.seed, commands: port2 };
    this.#worker.postMessage(begin, [port2]);
    this.#worker.on('message', (message: ThreadMessage<unknown>) => {
      this.#patience?.refresh();
      if (message.type === 'ready') {
        this.#wakeDescriptor = message.wakeDescriptor;
        this.#descriptors = message.descriptors;
        this.#ready.resolve({ ...message.facts, warnings: untold(message.facts.warnings) });
      } else if (message.type === 'failed') this.#failure = message.failure;
      else onMessage(message as Message);
    });
    this.ended = this.#untilEnd();
    // Whoever awaits it is told; before that a failure is no unhandled one.
    this.ended.catch(() => undefined);
  }

  /** Settles when the socket is open: or with the error for which it is not. */
  get ready(): Promise<SessionFacts> {
    return this.#ready.promise;
  }

  post(command: Command): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
    this.#commands.postMessage(command);
    // The thread sleeps in the kernel, where a message does not reach it.
    if (this.#wakeDescriptor !== undefined) writeSync(this.#wakeDescriptor, ONE);
  }

  /** Ends the thread after what it has to finish, by force when nothing more is heard of it. */
  async close(command: Command): Promise<void> {
    this.post(command);
    this.#patience ??= setTimeout(() => void this.#worker.terminate(), CLOSE_PATIENCE_MS);
    await this.ended.catch(() => undefined);
    clearTimeout(this.#patience);
  }

  async #untilEnd(): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#worker.once('error', reject);
        this.#worker.once('exit', () => resolve());
      });
    } catch (error) {
      this.#failure = { code: 'session_failed', message: `the session's thread failed: ${String(error)}` };
    }
    // Closed here and not by the thread: one that was ended by force closes nothing, and a descriptor's number could be
    // somebody else's by the time of the last wake-up.
    this.#wakeDescriptor = undefined;
    this.#commands.close();
    for (const descriptor of this.#descriptors) closeSync(descriptor);
    this.#descriptors = [];
    const failure = this.#failure ?? { code: 'aborted', message: 'the session was closed before it had begun' };
    const error = new TransportError(failure.code, failure.message);
    this.#ready.reject(error);
    this.#ready.promise.catch(() => undefined);
    if (this.#failure) throw error;
  }
}
