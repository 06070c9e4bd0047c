/**
 * When a session that sends has done its part: the last repair demand is met, or only stragglers ask. Stragglers are
 * finished by unicast and never hold up the others.
 */
import type { MulticastProgress } from './ports.ts';

export interface Participant {
  readonly nodeId: number;
  /** Has the whole content, has ended, or is not connected any more. */
  readonly isDone: boolean;
  /** Bytes that it says it got by this multicast; undefined: it has not said anything yet. */
  readonly bytesMulticast: number | undefined;
}

export interface RunningRound {
  readonly startedAt: number;
  /** When everything had been sent once. */
  readonly allSentAt: number | undefined;
  readonly participants: readonly Participant[];
  readonly progress: MulticastProgress;
}

export type EndReason = 'all_done' | 'flushed' | 'stragglers' | 'demand_endless' | 'blocked';

export function decideEnd(round: RunningRound, now: number): EndReason | undefined {
  const { participants, progress, startedAt, allSentAt } = round;
  const open = participants.filter(({ isDone }) => !isDone);
  if (participants.length > 0 && open.length === 0) return 'all_done';
  const left = new Set(progress.stragglers.map(({ nodeId }) => nodeId));
  // Nobody else needs anything of what is still to be sent.
  if (participants.length > 0 && open.every(({ nodeId }) => left.has(nodeId))) return 'stragglers';
  if (now - startedAt > BLOCKED_AFTER_MS && nothingArrives(round)) return 'blocked';
  if (allSentAt === undefined) return undefined;
  if (progress.isFlushed) return 'flushed';
  const sentForMs = allSentAt - startedAt;
  const askedForMs = now - allSentAt;
  if (askedForMs > Math.max(DEMAND_MS_MIN, 2 * sentForMs)) return 'demand_endless';
  const areStragglers = askingNodes(round).length <= Math.max(1, STRAGGLER_SHARE * participants.length);
  const isPatienceOver = askedForMs > Math.max(STRAGGLER_PATIENCE_MS_MIN, STRAGGLER_PATIENCE_SHARE * sentForMs);
  return areStragglers && isPatienceOver ? 'stragglers' : undefined;
}

/** Who still asks of those that are served. */
export function askingNodes({ participants, progress }: RunningRound): number[] {
  const served = new Set(participants.filter(({ isDone }) => !isDone).map(({ nodeId }) => nodeId));
  for (const { nodeId } of progress.stragglers) served.delete(nodeId);
  return progress.receivers
    .filter(({ nodeId, askedMsAgo }) => served.has(nodeId) && askedMsAgo !== undefined && askedMsAgo < ASKING_MS)
    .map(({ nodeId }) => nodeId);
}

/** Every participant has said that it got nothing, and the sender has heard no feedback. */
export function nothingArrives({ participants, progress }: RunningRound): boolean {
  const open = participants.filter(({ isDone }) => !isDone);
  return (
    open.length > 0 &&
    open.length === participants.length &&
    open.every(({ bytesMulticast }) => bytesMulticast === 0) &&
    progress.receivers.length === 0
  );
}

/** Two heartbeats and a little: sooner nobody can have said that nothing came. */
const BLOCKED_AFTER_MS = 20_000;

/** A device asks again within some round-trip times; who has been still for so long has what it needs, or is gone. */
const ASKING_MS = 5_000;

/** So few may be called stragglers … */
const STRAGGLER_SHARE = 0.1;
/** … and get so long for their repair: a device that restarted in the middle lacks some seconds' worth of packets. */
const STRAGGLER_PATIENCE_MS_MIN = 10_000;
const STRAGGLER_PATIENCE_SHARE = 0.25;

/** Whatever is still asked for then is cheaper by unicast, or comes from a network that loses nearly everything. */
const DEMAND_MS_MIN = 60_000;
