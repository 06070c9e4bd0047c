import type { CompletionDecision, DeliveryError, Report } from '@rollcall/api';
import type { OpenedDecision } from '../task-handler.ts';
import { judgeManifest, type ManifestContext } from './judge-manifest.ts';
import type { ReplayGuard } from './replay-guard.ts';

export type DecisionVerdict =
  | { readonly verdict: 'followed'; readonly decision: OpenedDecision }
  /** Nothing of it is done; the server is told why. */
  | { readonly verdict: 'refused'; readonly error: DeliveryError }
  /** It is done already; the server is told once more how it ended. */
  | { readonly verdict: 'ended'; readonly end: Report['state'] };

/**
 * What becomes of a decision. What it says beside the manifest (which task, join or fetch or wait, from where) came over
 * TLS and is not signed: it can begin nothing that the director has not signed, and end nothing but by `done` and
 * `cancelled`, which a cut cable could do as well.
 */
export function judgeDecision(
  decision: CompletionDecision,
  context: ManifestContext,
  guard: ReplayGuard,
): DecisionVerdict {
  if (decision.decision === 'done' || decision.decision === 'cancelled') return { verdict: 'followed', decision };
  const isAdvance = decision.decision === 'wait';
  if (isAdvance && decision.manifest === undefined) return { verdict: 'followed', decision };
  const { taskId, attempt } = decision;
  const manifest = decision.manifest!;
  const judged = judgeManifest({ taskId, attempt, manifest, isAdvance }, context);
  if (!judged.ok) return { verdict: 'refused', error: judged.error };
  const replay = guard.judge(judged.manifest);
  if (replay.verdict === 'replayed') {
    const message =
      `attempt ${attempt} is older than attempt ${replay.attempt}, which this device has accepted already: ` +
      'if the server was restored from a backup, retry the task until its attempt is higher';
    return { verdict: 'refused', error: { code: 'replayed_attempt', message } };
  }
  if (replay.verdict === 'ended') return replay;
  return { verdict: 'followed', decision: { ...decision, opened: judged.manifest } as OpenedDecision };
}
