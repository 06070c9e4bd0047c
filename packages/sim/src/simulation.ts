import { Random, type Micros, type SenderSession } from '@rollcall/norm';
import { describeDatagram } from './describe-datagram.ts';
import { Link } from './link.ts';
import { Network, type Trace } from './network.ts';
import { START_AT, type Scenario } from './scenario.ts';
import { SimulatedReceiver } from './simulated-receiver.ts';
import { contentsOf, simulatedSender, type SentObject } from './simulated-sender.ts';

const SENDER_ID = 1;
const STRANGER_ID = 2;
const FIRST_RECEIVER_ID = 100;
/** Beyond, a scenario that has not come to its end hangs: a thousand times what the slowest one needs. */
const PATIENCE_MICROS = 3_600_000_000;
/** After the sender's end: whatever is still on its way arrives. */
const DRAIN_MICROS = 1_000_000;

/**
 * One scenario on one network. Stands in for the control plane: it knows who has everything, and ends the sender once all
 * have who can.
 */
export class Simulation {
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #network: Network;
  readonly #trace: Trace | undefined;
  readonly #objects: readonly SentObject[];
  readonly #strangerObjects: readonly SentObject[];
  readonly #receivers: SimulatedReceiver[] = [];
  #sender: SenderSession;
  #instanceId = 1;
  #removeSender: () => void;
  #isEnded = false;
  #isAcknowledged = true;
  #failure: string | undefined;

  constructor(scenario: Scenario, trace: Trace | undefined) {
    this.#scenario = scenario;
    this.#random = new Random(scenario.seed ^ 0x5eed);
    this.#trace = trace;
    this.#network = new Network(START_AT / 2, scenario.symbolSize + 100, describeDatagram, trace);
    this.#objects = contentsOf(scenario, this.#random);
    this.#strangerObjects = contentsOf({ ...scenario, objects: scenario.objects.slice(0, 1) }, this.#random);
    this.#sender = this.#newSender(SENDER_ID, this.#objects);
    this.#removeSender = () => undefined;
  }

  get datagramCount(): number {
    return this.#network.datagramCount;
  }

  get virtualMicros(): Micros {
    return this.#network.now - START_AT;
  }

  /** Receivers that ended with gaps. */
  get gapCount(): number {
    return this.#receivers.filter((receiver) => !this.#hasAll(receiver)).length;
  }

  /** Returns what went wrong; undefined: nothing. */
  play(): string | undefined {
    this.#scheduleReceivers();
    this.#network.schedule(START_AT, () => this.#start());
    const isDone = this.#network.run(START_AT + PATIENCE_MICROS, () => this.#isOver());
    if (this.#failure !== undefined) return this.#failure;
    for (const receiver of this.#receivers) if (receiver.failure !== undefined) return receiver.failure;
    if (!isDone) return `not over after ${this.virtualMicros / 1e6} s: ${this.#unfinished()}`;
    this.#network.run(this.#network.now + DRAIN_MICROS, () => false);
    for (const receiver of this.#receivers) {
      const failure = receiver.checkEnd(this.#network.now, this.#instanceId);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  #scheduleReceivers(): void {
    const directory = (senderId: number): readonly SentObject[] | undefined => {
      if (senderId === SENDER_ID) return this.#objects;
      return senderId === STRANGER_ID ? this.#strangerObjects : undefined;
    };
    this.#scenario.receivers.forEach((scenario, index) => {
      const seed = this.#random.uint32();
      const nodeId = FIRST_RECEIVER_ID + index;
      const receiver = new SimulatedReceiver(
        this.#scenario,
        index,
        nodeId,
        seed,
        { nodeId: SENDER_ID, instanceId: this.#instanceId },
        directory,
        this.#trace,
      );
      this.#receivers.push(receiver);
      const uplink = new Link(scenario.uplink, scenario.uplinkOutages, new Random(seed + 1));
      const downlink = new Link(scenario.downlink, scenario.downlinkOutages, new Random(seed + 2));
      const { name, session } = receiver;
      const onEvents = (now: Micros): void => receiver.takeEvents(now);
      this.#network.schedule(scenario.joinAt, () => {
        this.#network.attach({ name, session, uplink, downlink, isMember: true, onEvents, stalls: scenario.stalls });
      });
    });
  }

  #start(): void {
    const { pause, rateChange, restartAt, hasStranger, wantsAcknowledgement } = this.#scenario;
    this.#removeSender = this.#attachSender(this.#sender, 'sender', (now) => this.#onSenderEvents(now));
    if (wantsAcknowledgement) this.#requireAcknowledgement();
    if (hasStranger) {
      const stranger = this.#newSender(STRANGER_ID, this.#strangerObjects);
      stranger.end();
      this.#attachSender(stranger, 'stranger', () => drain(stranger));
    }
    if (pause !== undefined) {
      this.#network.schedule(pause.at, () => this.#sender.pause());
      this.#network.schedule(pause.at + pause.duration, () => this.#sender.resume());
    }
    if (rateChange !== undefined)
      this.#network.schedule(rateChange.at, () =>
        this.#sender.setRate({ mode: 'fixed', bytesPerSecond: rateChange.bytesPerSecond }),
      );
    if (restartAt !== undefined) this.#network.schedule(restartAt, () => this.#restart());
  }

  /** The sender's process dies, and another one starts the whole over. */
  #restart(): void {
    if (this.#isEnded) return;
    this.#removeSender();
    this.#instanceId += 1;
    this.#sender = this.#newSender(SENDER_ID, this.#objects);
    this.#removeSender = this.#attachSender(this.#sender, 'sender again', (now) => this.#onSenderEvents(now));
    if (this.#scenario.wantsAcknowledgement) this.#requireAcknowledgement();
  }

  #newSender(nodeId: number, objects: readonly SentObject[]): SenderSession {
    const instanceId = nodeId === SENDER_ID ? this.#instanceId : 1;
    return simulatedSender(this.#scenario, objects, nodeId, instanceId, this.#random.uint32());
  }

  #attachSender(session: SenderSession, name: string, onEvents: (now: Micros) => void): () => void {
    const uplink = new Link(
      this.#scenario.senderUplink,
      this.#scenario.senderUplinkOutages,
      new Random(this.#random.uint32()),
    );
    const downlink = new Link(this.#scenario.senderDownlink, [], new Random(this.#random.uint32()));
    return this.#network.attach({ name, session, uplink, downlink, isMember: true, onEvents });
  }

  #requireAcknowledgement(): void {
    this.#isAcknowledged = false;
    const nodeIds = this.#receivers.map((_, index) => FIRST_RECEIVER_ID + index);
    this.#sender.requireAcknowledgement(nodeIds);
  }

  #onSenderEvents(now: Micros): void {
    for (let event = this.#sender.pollEvent(); event !== undefined; event = this.#sender.pollEvent()) {
      this.#trace?.(now, `sender: ${JSON.stringify(event)}`);
      if (event.type === 'ended') this.#isEnded = true;
      if (event.type === 'watermarkCompleted') this.#isAcknowledged = true;
      if (event.type === 'objectFailed') this.#failure ??= `source failed: ${String(event.cause)}`;
      if (event.type === 'acknowledged') {
        const receiver = this.#receivers[event.nodeId - FIRST_RECEIVER_ID];
        if (receiver !== undefined && !this.#hasAll(receiver))
          this.#failure ??= `${receiver.name} acknowledged too early`;
      }
    }
  }

  /** Called before everything that happens: also the moment to end the sender, as the control plane would. */
  #isOver(): boolean {
    if (this.#failure !== undefined || this.#isEnded) return true;
    const mayRestart = this.#scenario.restartAt !== undefined && this.#instanceId === 1;
    if (!this.#sender.isIdle || !this.#isAcknowledged || mayRestart) return false;
    if (this.#receivers.some((receiver) => receiver.failure !== undefined)) return true;
    if (this.#receivers.every((receiver) => !this.#mustFinish(receiver) || this.#hasAll(receiver))) this.#sender.end();
    return false;
  }

  #mustFinish({ scenario }: SimulatedReceiver): boolean {
    return scenario.handicap === 'none';
  }

  #hasAll(receiver: SimulatedReceiver): boolean {
    return receiver.hasAllOf(SENDER_ID, this.#instanceId, this.#objects.length);
  }

  #unfinished(): string {
    return this.#receivers
      .filter((receiver) => this.#mustFinish(receiver) && !this.#hasAll(receiver))
      .map(({ name }) => name)
      .join(', ');
  }
}

function drain(sender: SenderSession): void {
  while (sender.pollEvent() !== undefined);
}
