/** What the last probe (`rollcall doctor`) found out, in words. */
import type { Reachability } from '@rollcall/api';
import { formatRatio } from '@rollcall/client/format';

type ProbedPath = Reachability['paths'][number];

export function explainPath({ path, verdict, sent, received, error }: ProbedPath): string {
  const name = path === 'multicast' ? 'Multicast' : 'Broadcast';
  if (error !== null) return `${name}: the device could not listen: ${error}`;
  const sentCount = sent.reduce((sum, count) => sum + count, 0);
  const lost = sentCount === 0 ? 0 : 1 - received.reduce((sum, count) => sum + count, 0) / sentCount;
  return `${name} ${VERDICTS[verdict]}${verdict === 'lossy' ? `: ${formatRatio(lost)} were lost` : ''}.`;
}

const VERDICTS: Readonly<Record<ProbedPath['verdict'], string>> = {
  reached: 'arrives',
  lossy: 'arrives with losses',
  too_large: 'arrives only in small datagrams: look at the MTU on the way',
  fading: 'arrives at first, and then no more: a switch snoops and nobody queries',
  unreached: 'does not arrive: its tasks are completed by unicast',
  unknown: 'was probed, and the device did not say what it heard',
};
