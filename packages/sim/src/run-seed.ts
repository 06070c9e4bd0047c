import type { Micros } from '@rollcall/norm';
import type { Trace } from './network.ts';
import { scenarioOf } from './scenario.ts';
import { Simulation } from './simulation.ts';

export interface SeedResult {
  readonly seed: number;
  /** What went wrong; undefined: nothing. */
  readonly failure: string | undefined;
  readonly datagramCount: number;
  readonly virtualMicros: Micros;
  readonly receiverCount: number;
  /** Receivers that ended with gaps, as they may. */
  readonly gapCount: number;
}

/**
 * Plays one scenario. Nothing false may happen at any time; every receiver that can hear and be heard until the end, and
 * was there from the beginning, must finish; and those that end with gaps must know them exactly.
 */
export function runSeed(seed: number, trace?: Trace): SeedResult {
  const scenario = scenarioOf(seed);
  trace?.(0, JSON.stringify(scenario, undefined, 2));
  const simulation = new Simulation(scenario, trace);
  let failure: string | undefined;
  try {
    failure = simulation.play();
  } catch (error) {
    failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const { datagramCount, virtualMicros, gapCount } = simulation;
  return { seed, failure, datagramCount, virtualMicros, receiverCount: scenario.receivers.length, gapCount };
}
