/** What the numbers of a probe mean. Pure; server, command line and console say the same. */
import type { ProbedPath, ProbeVerdict, Reachability, SiteReachability } from '../schemas/probe.ts';

type Numbers = Pick<ProbedPath, 'sent' | 'received' | 'heardForMs' | 'silentForMs'>;

/** Below this loss repair costs nearly nothing; above it something on the way is worth a look. */
export const PROBE_LOSS_SHARE_MAX = 0.02;

/** Of all sizes together; null: nothing was sent. */
export function probeLossShare({ sent, received }: Pick<ProbedPath, 'sent' | 'received'>): number | null {
  const total = sum(sent);
  return total === 0 ? null : Math.max(0, 1 - sum(received) / total);
}

/** @param isReported the device has said what it heard */
export function judgeProbePath(numbers: Numbers, isReported: boolean): ProbeVerdict {
  const { sent, received, heardForMs, silentForMs } = numbers;
  if (!isReported || sum(sent) < DATAGRAMS_TELLING) return 'unknown';
  if (sum(received) === 0) return 'unreached';
  if (heardForMs > 0 && silentForMs > SILENCE_MS_MAX) return 'fading';
  const largest = sent.length - 1;
  const isLargestSent = largest > 0 && (sent[largest] ?? 0) >= DATAGRAMS_TELLING / sent.length;
  const isLargestLost = isLargestSent && (received[largest] ?? 0) === 0;
  const smaller = { sent: sent.slice(0, largest), received: received.slice(0, largest) };
  if (isLargestLost && (probeLossShare(smaller) ?? 1) < LOSS_SHARE_TELLING) return 'too_large';
  return (probeLossShare(numbers) ?? 0) > PROBE_LOSS_SHARE_MAX ? 'lossy' : 'reached';
}

/** Null: the device answered nothing, or too little for a loss to be told from a block. */
export function isAnswerHeard({ answersSent, answersHeard }: Pick<ProbedPath, 'answersSent' | 'answersHeard'>) {
  if (answersHeard > 0) return true;
  return answersSent >= ANSWERS_TELLING ? false : null;
}

/** The last probe of each device, counted by site. */
export function summarizeSites(devices: readonly Reachability[]): SiteReachability[] {
  const sites = new Map<string, SiteReachability>();
  for (const { siteId, probedAt, paths } of devices) {
    const empty: SiteReachability = {
      siteId,
      probedAt,
      deviceCount: 0,
      multicast: {},
      broadcast: {},
      unheardAnswerCount: 0,
    };
    const site = sites.get(siteId) ?? empty;
    sites.set(siteId, site);
    site.deviceCount += 1;
    site.probedAt = Math.max(site.probedAt, probedAt);
    for (const { path, verdict } of paths) site[path][verdict] = (site[path][verdict] ?? 0) + 1;
    if (paths.some((path) => path.isAnswerHeard === false)) site.unheardAnswerCount += 1;
  }
  return [...sites.values()];
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** So few datagrams may all get lost where a third does: one in a million times. */
const DATAGRAMS_TELLING = 12;
const ANSWERS_TELLING = 3;
/** What smaller ones may lose when the largest are called too large rather than unlucky. */
const LOSS_SHARE_TELLING = 0.5;
/** The last report comes a few seconds after the last datagram; longer, and it had stopped before. */
const SILENCE_MS_MAX = 12_000;
