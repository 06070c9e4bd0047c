/** The probes that run: a few at once, each device in one of them, and the last result of each device in the store. */
import { limits, type Probe, type ProbeInstruction, type ProbeReport, type ReportProbeAnswer } from '@rollcall/api';
import type { Logger } from 'pino';
import type { MulticastConfig } from '../config.ts';
import type { Store } from '../core/ports.ts';
import { Problem } from '../core/problem.ts';
import type { DeviceRecord } from '../core/records.ts';
import { DEVICE_PROBES_CONCURRENT_MAX, PROBES_CONCURRENT_MAX, PROBES_KEPT_MAX } from '../limits.ts';
import { RunningProbe } from './running-probe.ts';

export interface ProbeDeskPorts {
  readonly store: Store;
  readonly config: MulticastConfig;
  /** Tells a device that is connected. */
  readonly instruct: (deviceId: string, instruction: ProbeInstruction) => void;
  readonly now: () => number;
  readonly monotonicNow: () => number;
  readonly newId: () => string;
  readonly log: Logger;
}

export class ProbeDesk {
  readonly #ports: ProbeDeskPorts;
  readonly #running = new Map<string, { readonly probe: RunningProbe; readonly ended: Promise<void> }>();
  /** Those that devices asked for. */
  readonly #ofDevices = new Set<string>();
  readonly #kept = new Map<string, RunningProbe>();

  constructor(ports: ProbeDeskPorts) {
    this.#ports = ports;
  }

  /** For an operator. @param devices connected ones; throws when they are too many, or busy */
  create(devices: readonly DeviceRecord[], durationSeconds: number): RunningProbe {
    if (devices.length > limits.PROBE_DEVICES_MAX) {
      const advice = 'choose some of them by a narrower selector: those of one switch tell of each other';
      throw new Problem('conflict', `${devices.length} devices are more than ${limits.PROBE_DEVICES_MAX}: ${advice}`);
    }
    const probe = this.#begin(devices, durationSeconds, false);
    for (const { id } of devices) {
      const instruction = probe.instructionFor(id);
      if (instruction !== undefined) this.#ports.instruct(id, instruction);
    }
    return probe;
  }

  /** For one device that asks by itself. */
  ask(device: DeviceRecord, durationSeconds: number): ProbeInstruction {
    if (this.#ofDevices.size >= DEVICE_PROBES_CONCURRENT_MAX) {
      throw new Problem('conflict', 'other devices are being probed at the moment: try again in a minute');
    }
    const probe = this.#begin([device], durationSeconds, true);
    const instruction = probe.instructionFor(device.id);
    if (instruction === undefined) throw new Problem('conflict', 'the server has no interface to send by: see its log');
    return instruction;
  }

  report(
    probeId: string,
    deviceId: string,
    serverAddress: string | null,
    report: ProbeReport,
  ): ReportProbeAnswer | undefined {
    const probe = this.#probe(probeId);
    const reachability = probe?.handleReport(deviceId, serverAddress, report);
    if (probe === undefined || reachability === undefined) return undefined;
    return { isOver: probe.isAllSent, reachability };
  }

  view(probeId: string): Probe | undefined {
    return this.#probe(probeId)?.view();
  }

  async close(): Promise<void> {
    for (const { probe } of this.#running.values()) probe.close();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** @param isOfDevice a device asked for it: beside one that an operator asked for, but not beside another of its own */
  #begin(devices: readonly DeviceRecord[], durationSeconds: number, isOfDevice: boolean): RunningProbe {
    const { config, now, monotonicNow, newId } = this.#ports;
    if (this.#running.size >= PROBES_CONCURRENT_MAX) {
      throw new Problem('conflict', `${this.#running.size} probes are running: wait until one of them has ended`);
    }
    for (const { id, name } of devices) {
      const ofKind = [...this.#running.values()].filter(({ probe }) => this.#ofDevices.has(probe.id) === isOfDevice);
      if (ofKind.some(({ probe }) => probe.has(id))) {
        throw new Problem('conflict', `${name} is in a probe already: wait until that has ended`);
      }
    }
    const options = { id: newId(), devices, durationSeconds, config, startedAt: now(), monotonicNow };
    const probe = new RunningProbe(options);
    if (isOfDevice) this.#ofDevices.add(probe.id);
    this.#running.set(probe.id, { probe, ended: this.#run(probe) });
    return probe;
  }

  /** Never rejects. */
  async #run(probe: RunningProbe): Promise<void> {
    const { now, log, store } = this.#ports;
    try {
      await probe.run(now);
      const results = probe.results();
      await store.transact(async (transactor) => {
        for (const result of results) await transactor.saveReachability(result);
      });
    } catch (error) {
      if ((error as Error).name !== 'AbortError') log.error({ err: error, probeId: probe.id }, 'a probe failed');
    } finally {
      this.#running.delete(probe.id);
      this.#ofDevices.delete(probe.id);
      this.#kept.set(probe.id, probe);
      const [oldest] = this.#kept.keys();
      if (this.#kept.size > PROBES_KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
    }
  }

  #probe(id: string): RunningProbe | undefined {
    return this.#running.get(id)?.probe ?? this.#kept.get(id);
  }
}
