/** One probe, from gathering its devices to what became of it. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  limits,
  type Probe,
  type ProbeInstruction,
  type ProbePath,
  type ProbeReport,
  type Reachability,
} from '@rollcall/api';
import { answerKeyOf, ProbeSender } from '@rollcall/transport/probe';
import type { MulticastConfig } from '../config.ts';
import { reachabilityOf } from '../core/reachability.ts';
import type { DeviceRecord } from '../core/records.ts';
import { PROBE_FINAL_REPORTS_MS_MAX, PROBE_GATHERING_MS_MAX, PROBE_REPORTS_PER_SECOND_MAX } from '../limits.ts';
import { probeNetworks, probeSizes, type ProbeNetwork } from './probe-networks.ts';

interface Member {
  readonly device: DeviceRecord;
  readonly answersHeard: Map<ProbePath, number>;
  report: ProbeReport | undefined;
  serverAddress: string | null;
}

export interface RunningProbeOptions {
  readonly id: string;
  readonly devices: readonly DeviceRecord[];
  readonly durationSeconds: number;
  readonly config: MulticastConfig;
  readonly startedAt: number;
  readonly monotonicNow: () => number;
}

export class RunningProbe {
  readonly id: string;
  readonly durationSeconds: number;
  readonly startedAt: number;
  readonly #options: RunningProbeOptions;
  readonly #key = randomBytes(32);
  readonly #answerSecret = randomBytes(32);
  readonly #networks: ProbeNetwork[];
  readonly #sizes: readonly number[];
  /** The device with the number n is at n − 1. */
  readonly #members: readonly Member[];
  readonly #sent = new Map<ProbePath, number[]>();
  readonly #closing = new AbortController();
  #state: Probe['state'] = 'announcing';
  #endedAt: number | null = null;
  #isAllSent = false;

  constructor(options: RunningProbeOptions) {
    this.#options = options;
    this.id = options.id;
    this.durationSeconds = options.durationSeconds;
    this.startedAt = options.startedAt;
    this.#networks = probeNetworks(options.config);
    this.#sizes = probeSizes(this.#networks.flatMap(({ network }) => (network === undefined ? [] : [network])));
    this.#members = options.devices.map((device) => ({
      device,
      answersHeard: new Map(),
      report: undefined,
      serverAddress: null,
    }));
  }

  instructionFor(deviceId: string): ProbeInstruction | undefined {
    const index = this.#members.findIndex(({ device }) => device.id === deviceId);
    const paths = this.#paths();
    if (index < 0 || paths.length === 0) return undefined;
    return {
      probeId: this.id,
      key: this.#key.toString('hex'),
      answerKey: Buffer.from(answerKeyOf(this.#answerSecret, index + 1)).toString('hex'),
      number: index + 1,
      sizes: [...this.#sizes],
      datagramCount: this.#datagramCount,
      durationSeconds: this.durationSeconds,
      reportSeconds: this.#reportSeconds,
      paths,
    };
  }

  /** Undefined: it is not for this device. */
  handleReport(deviceId: string, serverAddress: string | null, report: ProbeReport): Reachability | undefined {
    const member = this.#members.find(({ device }) => device.id === deviceId);
    if (member === undefined) return undefined;
    if (this.#state !== 'ended') {
      member.report = report;
      member.serverAddress = serverAddress;
    }
    return this.#reachabilityOf(member);
  }

  get isAllSent(): boolean {
    return this.#isAllSent;
  }

  has(deviceId: string): boolean {
    return this.#members.some(({ device }) => device.id === deviceId);
  }

  view(): Probe {
    return {
      id: this.id,
      state: this.#state,
      startedAt: this.startedAt,
      endedAt: this.#endedAt,
      durationSeconds: this.durationSeconds,
      senders: this.#networks.map(({ path, network, interface: via, error }) => ({
        path,
        interface: via,
        group: network === undefined ? null : { ...network.group },
        error,
      })),
      devices: this.#members.map((member) => this.#reachabilityOf(member)),
    };
  }

  /** Resolves when every device has said its last, or the time for it is over. Rejects only when it is closed. */
  async run(now: () => number): Promise<void> {
    const senders = await this.#openSenders();
    try {
      await this.#until(() => this.#members.every(({ report }) => report !== undefined), PROBE_GATHERING_MS_MAX);
      this.#state = 'sending';
      await this.#send(senders);
      this.#isAllSent = true;
      const patience = PROBE_FINAL_REPORTS_MS_MAX + this.#reportSeconds * 1000;
      await this.#until(() => this.#members.every(({ report }) => report === undefined || report.isFinal), patience);
    } finally {
      this.#isAllSent = true;
      this.#state = 'ended';
      this.#endedAt = now();
      await Promise.all(senders.map(({ sender }) => sender.close()));
    }
  }

  close(): void {
    this.#closing.abort();
  }

  /** Those that said something, or were silent on a connection that is up. */
  results(): readonly Reachability[] {
    return this.#members.map((member) => this.#reachabilityOf(member));
  }

  async #openSenders(): Promise<readonly { readonly path: ProbePath; readonly sender: ProbeSender }[]> {
    const opened: { path: ProbePath; sender: ProbeSender }[] = [];
    for (const [index, each] of this.#networks.entries()) {
      const { path, network } = each;
      if (network === undefined) continue;
      try {
        const sender = await ProbeSender.open({
          network,
          sizes: this.#sizes,
          key: this.#key,
          answerSecret: this.#answerSecret,
          onAnswer: (number) => this.#noteAnswer(number, path),
        });
        opened.push({ path, sender });
      } catch (error) {
        this.#networks[index] = { ...each, error: error instanceof Error ? error.message : String(error) };
      }
    }
    return opened;
  }

  async #send(senders: readonly { readonly path: ProbePath; readonly sender: ProbeSender }[]): Promise<void> {
    const { monotonicNow } = this.#options;
    const rate = this.#datagramCount / this.durationSeconds;
    const beganAt = monotonicNow();
    const paths = new Set(senders.map(({ path }) => path));
    for (const path of paths)
      this.#sent.set(
        path,
        this.#sizes.map(() => 0),
      );
    for (let sequence = 0; sequence < this.#datagramCount; sequence += 1) {
      const wait = (sequence * 1000) / rate - (monotonicNow() - beganAt);
      if (wait > 1) await sleep(wait, undefined, { signal: this.#closing.signal });
      for (const { sender } of senders) sender.send(sequence);
      const sizeIndex = sequence % this.#sizes.length;
      for (const sent of this.#sent.values()) sent[sizeIndex] = (sent[sizeIndex] ?? 0) + 1;
    }
    for (const [index, each] of this.#networks.entries()) {
      const trouble = senders.find(({ path }) => path === each.path)?.sender.trouble;
      if (trouble !== undefined) this.#networks[index] = { ...each, error: trouble };
    }
  }

  async #until(isIt: () => boolean, milliseconds: number): Promise<void> {
    const { monotonicNow } = this.#options;
    const deadline = monotonicNow() + milliseconds;
    while (!isIt() && monotonicNow() < deadline) await sleep(LOOK_MS, undefined, { signal: this.#closing.signal });
  }

  #noteAnswer(number: number, path: ProbePath): void {
    const member = this.#members[number - 1];
    if (member !== undefined) member.answersHeard.set(path, (member.answersHeard.get(path) ?? 0) + 1);
  }

  #paths(): ProbeInstruction['paths'] {
    const byPath = new Map<ProbePath, ProbeInstruction['paths'][number]>();
    for (const { path, network, interface: via } of this.#networks) {
      if (network === undefined || byPath.has(path)) continue;
      const isFromOne = path === 'multicast' && this.#options.config.isSourceSpecific && via !== null;
      byPath.set(path, { path, group: { ...network.group }, ...(isFromOne ? { sourceAddress: via.address } : {}) });
    }
    return [...byPath.values()];
  }

  get #datagramCount(): number {
    const isBrisk = this.durationSeconds <= limits.PROBE_BRISK_SECONDS_MAX;
    return (
      this.durationSeconds * (isBrisk ? limits.PROBE_DATAGRAMS_PER_SECOND : limits.PROBE_SLOW_DATAGRAMS_PER_SECOND)
    );
  }

  get #reportSeconds(): number {
    const spread = Math.ceil(this.#members.length / PROBE_REPORTS_PER_SECOND_MAX);
    return Math.min(60, Math.max(1, spread, Math.floor(this.durationSeconds / REPORTS_AIMED)));
  }

  #reachabilityOf({ device, report, serverAddress, answersHeard }: Member): Reachability {
    const { durationSeconds, startedAt } = this;
    return reachabilityOf({
      device,
      probedAt: startedAt,
      durationSeconds,
      sizes: this.#sizes,
      sent: this.#sent,
      answersHeard,
      report,
      serverAddress,
    });
  }
}

const LOOK_MS = 25;
/** A long probe is looked at now and then, a short one in each second. */
const REPORTS_AIMED = 60;
