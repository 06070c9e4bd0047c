import { Random } from '@rollcall/norm';
import { liveBytes } from '../../attack/support/heap.ts';
import { ByteMutator } from './byte-mutator.ts';
import type { FuzzTarget, Outcome } from './fuzz-target.ts';

export interface FuzzReport {
  readonly count: number;
  readonly acceptedCount: number;
  readonly refusedCount: number;
  /** How many different outcomes were reached, as far as they were counted. */
  readonly outcomeCount: number;
  readonly seconds: number;
}

/** A case that broke a promise, as bytes to keep. */
class FuzzFinding extends Error {
  override readonly name = 'FuzzFinding';
}

/** What may be left alive after a run: caches, compiled code, inputs with new outcomes. A leak per case is more. */
const GROWTH_MAX_BYTES = 48 * 1024 ** 2;
/** What the process may take at its peak: above it an input has made a decoder allocate what it merely names. */
const PEAK_GROWTH_MAX_BYTES = 512 * 1024 ** 2;
const EVOLVED_COUNT_MAX = 4096;
/** Of the inputs with new outcomes: together with the names of the outcomes far below what may be left alive. */
const EVOLVED_BYTES_MAX = 16 * 1024 ** 2;
/** No decoder has so many ways to answer: from here on more of them only take memory. */
const OUTCOME_COUNT_MAX = 16_384;
const SLOW_RETRIES = 4;
const ANSWER_MILLIS_MAX = 20_000;

/** Plays so many cases from a seed, and throws a finding at the first that breaks what must hold. */
export async function playTarget(target: FuzzTarget, count: number, seed: number): Promise<FuzzReport> {
  const random = new Random(seed);
  const mutator = new ByteMutator(random, target.sizeMax, target.dictionary ?? []);
  const corpus = [...target.corpus];
  const known = new Set<string>();
  let [acceptedCount, evolvedBytes] = [0, 0];
  const begunAt = performance.now();
  const [liveBefore, peakBefore] = [liveBytes(), process.resourceUsage().maxRSS];
  for (let played = 0; played < count; played += 1) {
    const isGenerated = target.generate !== undefined && random.chance(0.5);
    const bytes = isGenerated ? target.generate(random).subarray(0, target.sizeMax) : mutator.mutate(corpus);
    const caseAt = performance.now();
    const answer = checked(target, bytes);
    const outcome = answer instanceof Promise ? await answer : answer;
    if (performance.now() - caseAt > target.millisMax) await confirmSlow(target, bytes);
    if (outcome.isAccepted) acceptedCount += 1;
    if (known.has(outcome.what) || known.size === OUTCOME_COUNT_MAX) continue;
    known.add(outcome.what);
    if (corpus.length === target.corpus.length + EVOLVED_COUNT_MAX) continue;
    if (evolvedBytes + bytes.length > EVOLVED_BYTES_MAX) continue;
    evolvedBytes += bytes.length;
    corpus.push(bytes.slice());
  }
  const seconds = (performance.now() - begunAt) / 1000;
  const growth = liveBytes() - liveBefore;
  if (growth > GROWTH_MAX_BYTES) throw new FuzzFinding(`${target.name}: ${growth} bytes more are alive than before`);
  const peakGrowth = (process.resourceUsage().maxRSS - peakBefore) * 1024;
  if (peakGrowth > PEAK_GROWTH_MAX_BYTES) {
    throw new FuzzFinding(`${target.name}: the process took ${peakGrowth} bytes more at its peak`);
  }
  return { count, acceptedCount, refusedCount: count - acceptedCount, outcomeCount: known.size, seconds };
}

/** Most decoders answer at once; only those that do not are waited for. */
function checked(target: FuzzTarget, bytes: Uint8Array): Outcome | Promise<Outcome> {
  try {
    const outcome = target.check(bytes);
    if (!(outcome instanceof Promise)) return outcome;
    return inTimeOrAgain(target, bytes, outcome);
  } catch (error) {
    return finding(target, bytes, error);
  }
}

/** Something that never answers is as bad as something that throws; a machine that stood still meanwhile does it only once. */
async function inTimeOrAgain(target: FuzzTarget, bytes: Uint8Array, first: Promise<Outcome>): Promise<Outcome> {
  try {
    return await inTime(first).catch((error: unknown) => {
      if (!(error instanceof Overdue)) throw error;
      return inTime(Promise.resolve(target.check(bytes)));
    });
  } catch (error) {
    return finding(target, bytes, error);
  }
}

class Overdue extends Error {
  override readonly name = 'Overdue';
}

async function inTime(outcome: Promise<Outcome>): Promise<Outcome> {
  const overdue = Promise.withResolvers<never>();
  const timer = setTimeout(() => overdue.reject(new Overdue('it does not come to an end')), ANSWER_MILLIS_MAX);
  try {
    return await Promise.race([outcome, overdue.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function finding(target: FuzzTarget, bytes: Uint8Array, cause: unknown): never {
  const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  throw new FuzzFinding(`${target.name}: ${Buffer.from(bytes).toString('hex')}\n${why}`, { cause });
}

/** A busy machine is slow too: only what is slow each time is a finding. */
async function confirmSlow(target: FuzzTarget, bytes: Uint8Array): Promise<void> {
  let fastest = Infinity;
  for (let attempt = 0; attempt < SLOW_RETRIES; attempt += 1) {
    const begunAt = performance.now();
    await target.check(bytes);
    fastest = Math.min(fastest, performance.now() - begunAt);
  }
  if (fastest > target.millisMax) {
    finding(target, bytes, new Error(`took ${fastest.toFixed(0)} ms, at most ${target.millisMax} ms are allowed`));
  }
}
