import { ReceiverSession, type Micros, type ObjectKey } from '@rollcall/norm';
import { CheckedSink } from './checked-sink.ts';
import type { ReceiverScenario, Scenario } from './scenario.ts';
import { receiverKeys } from './simulated-keys.ts';
import type { SentObject } from './simulated-sender.ts';

interface Reception {
  readonly key: ObjectKey;
  readonly sent: SentObject;
  readonly sink: CheckedSink;
  isInfoReceived: boolean;
  isCompleted: boolean;
}

/** Which sender, in which of its lives, sends which objects; undefined for whom the receiver shall ignore. */
export type Directory = (senderId: number, instanceId: number) => readonly SentObject[] | undefined;

/**
 * A receiver with the simplest of applications: takes everything, believes nothing. Whatever the session tells it is
 * held against what was sent; the first thing that is wrong is remembered.
 */
export class SimulatedReceiver {
  readonly session: ReceiverSession;
  readonly scenario: ReceiverScenario;
  readonly name: string;
  readonly #receptions = new Map<string, Reception>();
  readonly #trace: ((now: Micros, text: string) => void) | undefined;
  failure: string | undefined;

  constructor(
    scenario: Scenario,
    index: number,
    nodeId: number,
    seed: number,
    sender: { readonly nodeId: number; readonly instanceId: number },
    directory: Directory,
    trace?: (now: Micros, text: string) => void,
  ) {
    this.scenario = scenario.receivers[index]!;
    this.name = `receiver ${index}`;
    this.#trace = trace;
    this.session = new ReceiverSession({
      nodeId,
      seed,
      firstToi: 0,
      repairPolicy: this.scenario.repairPolicy,
      feedback: scenario.feedback,
      blockMemoryBytes: this.scenario.blockMemoryBytes,
      ...(scenario.isAuthenticated && { authentication: receiverKeys(nodeId), sender }),
      onObject: ({ senderId, instanceId, toi, size }) => {
        const sent = directory(senderId, instanceId)?.[toi];
        if (sent === undefined) return undefined;
        if (sent.content.length !== size) this.#fail(`object ${toi} announced with ${size} bytes`);
        const held = this.scenario.held[toi] ?? [];
        const sink = new CheckedSink(sent.content, held);
        const key = { senderId, instanceId, toi };
        this.#receptions.set(nameOf(key), { key, sent, sink, isInfoReceived: false, isCompleted: false });
        return { sink, held };
      },
    });
  }

  /** Takes in what the session has to tell. */
  takeEvents(now: Micros): void {
    for (let event = this.session.pollEvent(); event !== undefined; event = this.session.pollEvent()) {
      if (event.type !== 'rangeWritten')
        this.#trace?.(now, `${this.name}: ${event.type} ${'object' in event ? nameOf(event.object) : ''}`);
      if (!('object' in event)) continue;
      const reception = this.#receptions.get(nameOf(event.object));
      switch (event.type) {
        case 'rangeWritten': {
          const failure = reception === undefined ? 'bytes of an unknown object' : reception.sink.onReported(event);
          if (failure !== undefined) this.#fail(failure);
          break;
        }
        case 'infoReceived':
          if (reception === undefined || !isEqual(reception.sent.info, event.info)) this.#fail('wrong INFO');
          else if (reception.isInfoReceived) this.#fail('INFO reported twice');
          else reception.isInfoReceived = true;
          break;
        case 'objectCompleted':
          if (reception === undefined || reception.isCompleted) this.#fail('completed twice, or before it began');
          else if (!reception.sink.isComplete) this.#fail(`completed with ${reception.sink.written.size} bytes`);
          else if (reception.sent.info !== undefined && !reception.isInfoReceived) this.#fail('completed without INFO');
          else reception.isCompleted = true;
          break;
        case 'objectRefused':
          this.#fail(`refused: ${event.reason}`);
          break;
        case 'objectAborted':
          if (event.reason === 'sinkFailed') this.#fail(`sink failed: ${String(event.cause)}`);
          break;
        case 'objectAnnounced':
          break;
      }
    }
  }

  /** Whether it has every object of this sender's life. */
  hasAllOf(senderId: number, instanceId: number, objectCount: number): boolean {
    for (let toi = 0; toi < objectCount; toi += 1) {
      if (this.#receptions.get(nameOf({ senderId, instanceId, toi }))?.isCompleted !== true) return false;
    }
    return true;
  }

  /**
   * After the end: what the session says is missing must be exactly what is; and with that put in by another path, what
   * was begun must complete. Returns what is wrong.
   */
  checkEnd(now: Micros, instanceId: number): string | undefined {
    for (const { key, sent, sink } of this.#receptions.values()) {
      if (key.instanceId !== instanceId) continue;
      const missing = this.session.missingRanges(key);
      if (missing === undefined) return `object ${key.toi} was forgotten`;
      this.takeEvents(now);
      const difference = sink.differenceTo(missing);
      if (difference !== '') return `object ${key.toi}: ${difference}`;
      for (const { offset, length } of missing) {
        if (!this.session.putRange(key, offset, sent.content.subarray(offset, offset + length)))
          return 'range not taken';
      }
      this.takeEvents(now);
      if (!sink.isComplete) return `object ${key.toi} lacks bytes after completion by ranges`;
      const left = this.session.missingRanges(key);
      if (left?.length !== 0)
        return `object ${key.toi}: still missing ${JSON.stringify(left)} after completion by ranges`;
    }
    return this.failure;
  }

  #fail(reason: string): void {
    this.failure ??= `${this.name}: ${reason}`;
  }
}

function nameOf({ senderId, instanceId, toi }: ObjectKey): string {
  return `${senderId}/${instanceId}/${toi}`;
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, index) => byte === b[index]);
}
